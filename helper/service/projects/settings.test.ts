import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-settings-'));
  writeFileSync(join(dir, 'config.yaml'), 'environment: development\n');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const pipe = (path: string): void => void spawnSync('mkfifo', [path]);

/** What may stand in the place of a settings file, and how it is refused. */
const ODD: [string, (path: string) => void, RegExp][] = [
  ['a folder', (path) => void mkdirSync(path), /is a folder/],
  ['a pipe, which is not waited for', pipe, /is not a plain file/],
  ['a link to a device', (path) => symlinkSync('/dev/zero', path), /is not a plain file/],
  ['a link to itself', (path) => symlinkSync(path, path), /is not a plain file/],
  ['a huge file', (path) => writeFileSync(path, '#'.repeat(1_048_577)), /larger than 1 MiB/],
];

describe('the settings files of a project', () => {
  for (const name of ['config.yaml', '.env']) {
    it.each(ODD)(`${name}: %s is refused in words`, (_what, make, words) => {
      rmSync(join(dir, name), { force: true });
      make(join(dir, name));
      expect(() => readSettings(dir, {}, {})).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(words) }),
      );
    });
  }

  it('.env may be missing', () => {
    expect(readSettings(dir, {}, {}).dotenv).toEqual({});
  });
});
