/** Every regular expression that reads text of strangers: the literals of the sources, and the built ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { patternsOf } from './instrument.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const READERS = [
  'helper/core/pii',
  'shared/redaction',
  'helper/engine/pii',
  'helper/cage/worker/inside',
  'helper/service/protect',
];

export interface KnownPattern {
  pattern: RegExp;
  /** File and line, or `built`. */
  where: string;
}

/** Patterns that modules put together while they are loaded. */
async function builtPatterns(): Promise<RegExp[]> {
  const built: RegExp[] = [];
  const plain = globalThis.RegExp;
  globalThis.RegExp = new Proxy(plain, {
    construct(target, given: ConstructorParameters<typeof RegExp>) {
      const made = new target(...given);
      built.push(made);
      return made;
    },
  });
  try {
    await import('../../../core/pii/detector.ts');
    await import('../../../core/pii/custom.ts');
  } finally {
    globalThis.RegExp = plain;
  }
  return built;
}

/** Each pattern once. To be called before the detector has been loaded by something else. */
export async function allPatterns(): Promise<KnownPattern[]> {
  const known = new Map<string, KnownPattern>();
  for (const pattern of await builtPatterns())
    known.set(String(pattern), { pattern, where: 'built' });
  for (const folder of READERS) {
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || /\.(?:test|d)\.ts$/.test(file)) continue;
      const source = readFileSync(join(ROOT, folder, file), 'utf8');
      for (const literal of patternsOf(source)) {
        const pattern = new RegExp(literal.pattern, literal.flags);
        known.set(String(pattern), { pattern, where: `${folder}/${file}:${literal.line}` });
      }
    }
  }
  return [...known.values()];
}
