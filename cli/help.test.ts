import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../shared/domain/errors.ts';
import { COMMANDS } from './commands.ts';
import { COMMAND_HELP } from './help.data.ts';
import type { CommandHelp } from './help.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'akios-help-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function akios(...args: string[]) {
  const ran = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    cwd: home,
    env: { ...process.env, AKIOS_STATE_DIR: join(home, 'state'), NO_COLOR: '1' },
    encoding: 'utf8',
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

describe('help', { timeout: 180_000 }, () => {
  it.each(
    COMMANDS.map(({ words, summary }) => [words, summary]),
  )('of %s explains each option that it takes and names no other', (words, summary) => {
    const { code, out, err } = akios(...words.split(' '), '--help', '--json');
    expect([code, err]).toEqual([0, '']);
    const help = JSON.parse(out) as CommandHelp;
    // What is the same as another command is explained with that one.
    const same = /^The same as (.*)$/.exec(summary)?.[1];
    const known = COMMANDS.find((command) =>
      help.usage.startsWith(`usage: akios ${command.words}`),
    );
    expect(known).toBeDefined();
    expect(help.usage).toContain(`usage: akios ${same ?? words}`);
    const names = help.options.map(({ name }) => /--([a-z-]+)/.exec(name)?.[1]);
    expect(new Set(names).size).toBe(names.length);
    for (const { text } of help.options) expect(text).toMatch(/^\S.{5,}$/);
    for (const name of Object.keys(COMMAND_HELP[words]?.options ?? {})) {
      expect(names).toContain(name);
    }
    // Each option of the usage line is a real one.
    for (const [, name] of help.usage.matchAll(/--([a-z-]+)/g)) expect(names).toContain(name);
  });

  it('is asked for in three ways, of a command and of a family', () => {
    const asked = akios('audit', 'prune', '--help');
    expect(asked.code).toBe(0);
    expect(asked.out).toContain('--dry-run');
    expect(akios('help', 'audit', 'prune')).toEqual(asked);
    expect(akios('audit', 'prune', '-h')).toEqual(asked);
    const told = akios('help', 'audit', 'prune', '--json');
    expect(JSON.parse(told.out)).toMatchObject({ exit_code: 0, examples: [] });
    const family = akios('audit', '--help');
    expect(family.code).toBe(0);
    expect(family.out).toContain('audit prune');
    expect(family.out).not.toContain('protect scan');
    expect(akios('help', 'audit')).toEqual(family);
    expect(JSON.parse(akios('audit', '--help', '--json').out)).toMatchObject({ exit_code: 0 });
    expect(akios('help', 'nothing')).toMatchObject({ code: 2, out: '' });
  });

  it('names every exit code', () => {
    const { out } = akios('--help');
    for (const code of Object.values(EXIT)) expect(out).toMatch(new RegExp(`\\b${code} [a-z]`));
  });

  it('no question is asked where nobody can answer', () => {
    const { code, err } = akios('init', 'p', '--wizard');
    expect(code).toBe(2);
    expect(err).toContain('akios setup --non-interactive');
  });

  it('no example names a command that there is not', () => {
    const examples = Object.values(COMMAND_HELP).flatMap(({ examples = [] }) => examples);
    for (const example of examples) {
      const words = /(?:^|\| )akios ([a-z]+(?: [a-z]+)?)/.exec(example)?.[1] ?? '';
      const known = COMMANDS.some((c) => c.words === words || c.words === words.split(' ')[0]);
      expect([example, known]).toEqual([example, true]);
    }
  });
});
