import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToolExecutorAgent, toolParams } from './agent.ts';
import { resolveProgram } from './program.ts';

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
