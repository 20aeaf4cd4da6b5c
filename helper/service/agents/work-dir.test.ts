import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eraseLeftFolders } from './work-dir.ts';

test('copies left by a killed helper go at the next start; those of a living one stay', () => {
  const dead = execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
  const made = (name: string): string => {
    const path = mkdtempSync(join(tmpdir(), name));
    writeFileSync(join(path, 'document.txt'), 'jane@example.org');
    return path;
  };
  const left = ['agent', 'document', 'broken'].map((kind) => made(`akios-${kind}-${dead}-`));
  const kept = [made(`akios-document-${process.pid}-`), made('akios-other-')];
  const link = join(tmpdir(), `akios-document-${dead}-link`);
  symlinkSync(kept[1] ?? '', link);
  try {
    eraseLeftFolders();
    expect(left.filter(existsSync)).toEqual([]);
    for (const path of kept) expect(existsSync(join(path, 'document.txt'))).toBe(true);
  } finally {
    for (const path of [...kept, link]) rmSync(path, { recursive: true, force: true });
  }
});
