import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Io, printJson } from '../io.ts';
import { helperPlace } from '../place.ts';

export async function version(io: Io): Promise<number> {
  const { build } = helperPlace();
  const number = versionNumber();
  if (io.json) return printJson(io, { version: number, build });
  io.out(`akios ${number} (build ${build})`);
  return 0;
}

export function versionNumber(): string {
  for (let folder = import.meta.dirname; dirname(folder) !== folder; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? 'unknown';
  }
  return 'unknown';
}
