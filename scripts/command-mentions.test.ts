import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../cli/commands.ts';

const root = join(import.meta.dirname, '..');
const PLACES = ['helper', 'renderer', 'cli', 'electron', 'shared', 'docs', 'README.md'];
/** `help` is answered before any command is looked for. */
const WORDS = new Set<string>([...COMMANDS.map((c) => c.words), 'help']);
/** What stands after the word `akios` in a text that tells somebody what to type. */
const MENTION = /(?:`|\$ |command[:=]? ?["'`]|^\s+)akios ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/gm;

function* texts(path: string): Generator<[string, string]> {
  if (/\.(?:ts|tsx|md)$/.test(path)) {
    if (!/\.test\.tsx?$/.test(path) && !path.includes('/test/'))
      yield [path, readFileSync(path, 'utf8')];
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name === 'dev') continue;
    if (entry.isDirectory() || /\.(?:ts|tsx|md)$/.test(entry.name))
      yield* texts(join(path, entry.name));
  }
}

/** First words of file formats (`akios receipt v1`, `akios host NAME`), not commands. */
const NOT_COMMANDS = new Set(['host', 'receipt']);

/** `akios cage up` is one command; `akios run workflows/x.yml` is `run` with an argument. */
const known = (first: string, second: string | undefined): boolean =>
  WORDS.has(first) ||
  (second !== undefined && WORDS.has(`${first} ${second}`)) ||
  NOT_COMMANDS.has(first);

test('every command a screen, an error, or a page tells people to type exists', () => {
  const wrong: string[] = [];
  let mentions = 0;
  for (const place of PLACES) {
    const path = join(root, place);
    if (!existsSync(path)) continue;
    for (const [file, text] of texts(path)) {
      for (const [all, first = '', second] of text.matchAll(MENTION)) {
        mentions += 1;
        if (!known(first, second)) wrong.push(`${file.slice(root.length + 1)}: ${all.trim()}`);
      }
    }
  }
  expect(mentions).toBeGreaterThan(30);
  expect(wrong).toEqual([]);
});
