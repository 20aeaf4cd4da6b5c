import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eraseTree } from './erase-tree.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-erase-tree-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** What programs leave, made by a program: Node itself cannot make all of it. */
function make(source: string): void {
  const done = spawnSync('python3', ['-c', source], { cwd: join(root, 'w'), encoding: 'utf8' });
  expect(done.stderr).toBe('');
}

describe('erasing what a program left', () => {
  it('works however deep it is nested', () => {
    // More than a path can hold (4,096 bytes).
    mkdirSync(join(root, 'w'));
    make(
      "import os\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\nopen('f', 'w').write('x')",
    );
    eraseTree(join(root, 'w'));
    expect(readdirSync(root)).toEqual([]);
  });

  it('works on what was closed to its owner, on odd names and on every kind of file', () => {
    mkdirSync(join(root, 'w'));
    make(`
import os, socket
os.makedirs('a/b/c'); open('a/b/c/f', 'w').close(); open('line\\nbreak', 'w').close()
os.mkfifo('a/fifo'); s = socket.socket(socket.AF_UNIX); s.bind('a/sock')
os.mkdir('.erase-0'); os.makedirs('a/.erase-0/x')
open(b'\\xff\\xfe', 'w').close(); os.makedirs(b'\\xfe/\\xfd')
for path in ('a/b/c', 'a/b', 'a'): os.chmod(path, 0)
`);
    eraseTree(join(root, 'w'));
    expect(readdirSync(root)).toEqual([]);
  });

  it('removes links and follows none', () => {
    mkdirSync(join(root, 'w/in'), { recursive: true });
    mkdirSync(join(root, 'outside'));
    writeFileSync(join(root, 'outside/keep'), 'kept');
    symlinkSync(join(root, 'outside'), join(root, 'w/in/link'));
    symlinkSync(join(root, 'outside'), join(root, 'w/link'));
    eraseTree(join(root, 'w'));
    expect(existsSync(join(root, 'w'))).toBe(false);
    expect(readFileSync(join(root, 'outside/keep'), 'utf8')).toBe('kept');
    symlinkSync(join(root, 'outside'), join(root, 'top'));
    eraseTree(join(root, 'top'));
    eraseTree(join(root, 'top'));
    expect(readdirSync(root)).toEqual(['outside']);
  });
});
