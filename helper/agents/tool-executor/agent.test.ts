import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../core/config/config.ts';
import { compilePolicy } from '../../core/policy/compile.ts';
import { decide } from '../../core/policy/decide.ts';
import { createToolExecutorAgent, toolParams } from './agent.ts';
import { otherNames, resolveProgram } from './program.ts';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'akios-tool-test-'));
  mkdirSync(join(base, 'bin'));
  writeFileSync(join(base, 'bin/own'), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync(join(base, 'bin/own'), join(base, 'bin/wc'));
  symlinkSync('/usr/bin/env', join(base, 'bin/alias'));
  chmodSync(join(base, 'bin'), 0o755);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const action = createToolExecutorAgent().actions[0]!;

describe('programs', () => {
  it('finds one spelling for a name and for a path through a linked folder', () => {
    const wc = resolveProgram('wc');
    expect(wc).toEqual({ path: '/usr/bin/wc', real: '/usr/bin/wc' });
    expect(resolveProgram('/bin/wc')).toEqual(wc);
    expect(resolveProgram('/usr/bin/../bin/wc')).toEqual(wc);
  });

  it.each([
    'nothing-of-this-name',
    './wc',
    'bin/wc',
    '../usr/bin/wc',
    '/etc/passwd',
    '/tmp/x',
    '/usr/bin',
    '/usr/share/dict',
  ])('knows no program %s', (command) => {
    expect(() => resolveProgram(command)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it('refuses a program that is not a file of the system, whatever it is called', () => {
    expect(() => resolveProgram('own', [join(base, 'bin')])).toThrow(
      expect.objectContaining({ code: 'DENIED' }),
    );
    expect(() => resolveProgram('wc', [join(base, 'bin')])).toThrow(
      expect.objectContaining({ code: 'DENIED' }),
    );
    expect(() => resolveProgram(join(base, 'bin/own'))).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it('compares the allow-list by the real file', () => {
    const describeIt = (command: string, allowed_commands: string[]) =>
      action.describe(action.params.parse({ command, allowed_commands }));
    expect(describeIt('wc', ['/bin/wc']).target).toBe('/usr/bin/wc');
    expect(describeIt('/bin/sh', ['sh']).gate).toBe('exec');
    for (const [command, list] of [
      ['env', ['wc']],
      ['sh', ['wc', 'not-installed']],
      ['cat', ['ca']],
    ] as const) {
      expect(() => describeIt(command, [...list])).toThrow(
        expect.objectContaining({ code: 'DENIED' }),
      );
    }
  });
});

describe('a rule about a program', () => {
  const shell = realpathSync('/usr/bin/sh');
  const verdictOn = (command: string, rules: string) => {
    const loaded = loadConfig(`allowed_commands: [sh, wc]\nrules:\n${rules}`, 'config.yaml');
    const what = action.describe(action.params.parse({ command }));
    return decide(compilePolicy(loaded), {
      principal: 'user:alice',
      project: 'p',
      run: 'r',
      step: 's',
      agent: 'tool_executor',
      ...what,
    });
  };
  const rule = (effect: string, target: string) =>
    `  - {id: own, effect: ${effect}, gate: exec, target: ${target}}\n`;

  it('sees every name of it: links on the way, the real file, both spellings of a folder', () => {
    expect(shell).not.toBe('/usr/bin/sh');
    const names = otherNames(resolveProgram('sh'));
    expect(names).toContain(shell);
    expect(names).toContain('/bin/sh');
    expect(names).not.toContain('/usr/bin/sh');
    symlinkSync('own', join(base, 'bin/two'));
    symlinkSync('two', join(base, 'bin/three'));
    const chain = { path: join(base, 'bin/three'), real: join(base, 'bin/own') };
    expect(otherNames(chain)).toEqual([join(base, 'bin/own'), join(base, 'bin/two')]);
  });

  it('sees names beside it: other links to the file, hard links, and those made since', () => {
    const folder = join(base, 'beside');
    mkdirSync(folder);
    writeFileSync(join(folder, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(join(folder, 'other'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('tool', join(folder, 'first'));
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'broken'));
    const first = { path: join(folder, 'first'), real: join(folder, 'tool') };
    const names = () => otherNames(first, [folder]).map((name) => name.slice(folder.length + 1));
    expect(names()).toEqual(['tool']);
    symlinkSync('first', join(folder, 'second'));
    linkSync(join(folder, 'tool'), join(folder, 'third'));
    expect(names()).toEqual(['second', 'third', 'tool']);
    // A name that was turned to another file since is no name of this one any more.
    rmSync(join(folder, 'second'));
    symlinkSync('other', join(folder, 'second'));
    expect(names()).toEqual(['third', 'tool']);
  });

  it('that restricts holds for a name beside the one that is called', () => {
    const twins = otherNames(resolveProgram('perl')).filter((name) => name.startsWith('/usr/bin/'));
    expect(twins.length).toBeGreaterThan(0);
    for (const target of [...twins, ...twins.map((name) => name.replace(/^.*\//, ''))]) {
      const loaded = loadConfig(
        `allowed_commands: [perl]\nrules:\n${rule('deny', target)}`,
        'config.yaml',
      );
      const what = action.describe(action.params.parse({ command: 'perl' }));
      const verdict = decide(compilePolicy(loaded), {
        principal: 'user:alice',
        project: 'p',
        run: 'r',
        step: 's',
        agent: 'tool_executor',
        ...what,
      });
      expect([target, verdict]).toMatchObject([target, { decision: 'deny', rule: 'own' }]);
    }
  });

  it('that restricts holds for the real file when the program is called by a link', () => {
    expect(verdictOn('sh', rule('deny', '/opt/other')).decision).toBe('allow');
    for (const target of [shell, shell.replace(/^.*\//, ''), '/bin/sh', 'sh', '/usr/bin/sh']) {
      for (const command of ['sh', '/bin/sh', '/usr/bin/../bin/sh']) {
        for (const effect of ['deny', 'never', 'ask']) {
          expect([target, command, verdictOn(command, rule(effect, target))]).toMatchObject([
            target,
            command,
            { decision: effect === 'ask' ? 'ask' : 'deny', rule: 'own' },
          ]);
        }
      }
    }
    expect(verdictOn('wc', rule('deny', shell)).decision).toBe('allow');
  });

  it('that allows is asked about the name as found alone', () => {
    const loaded = loadConfig(`rules:\n${rule('allow', shell)}`, 'config.yaml');
    const what = action.describe(action.params.parse({ command: 'sh' }));
    const request = { principal: 'u', project: 'p', run: 'r', step: 's', agent: 'tool_executor' };
    expect(decide(compilePolicy(loaded), { ...request, ...what }).decision).toBe('deny');
  });
});

describe('parameters', () => {
  it.each([
    { command: 'sh -c id' },
    { command: 'wc;id' },
    { command: '$(id)' },
    { command: '`id`' },
    { command: 'wc|id' },
    { command: '' },
    { command: 'wc\n' },
    { command: 'wc', args: 'one string' },
    { command: 'wc', args: ['a\0b'] },
    { command: 'wc', env: { LD_PRELOAD: '/x' } },
    { command: 'wc', env: { NODE_OPTIONS: '--require x' } },
    { command: 'wc', env: { BASH_ENV: 'x' } },
    { command: 'wc', env: { PATH: '/evil' } },
    { command: 'wc', env: { 'A=B': 'x' } },
    { command: 'wc', timeout: 301 },
    { command: 'wc', max_output_size: 11 * 1024 * 1024 },
    { command: 'wc', shell: true },
    { command: 'wc', cwd: '/' },
  ])('refuses %j', (params) => {
    expect(toolParams.safeParse(params).success).toBe(false);
  });

  it('takes text that only looks dangerous: the cage confines, words do not', () => {
    const params = {
      command: 'echo',
      args: ['sudo rm -rf / ; $(id) && su'],
      env: { MODE: 'x' },
      timeout: 300,
    };
    expect(toolParams.safeParse(params).success).toBe(true);
  });
});
