import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PARSERS = /from '(?:pdfjs-dist|mammoth|postal-mime|fast-xml-parser|@cantoo\/pdf-lib|fflate)/;

it('no document of a person is parsed outside the program that runs in the cage', () => {
  const outside: string[] = [];
  let inside = 0;
  for (const zone of ['helper', 'cli', 'shared', 'electron']) {
    const files = readdirSync(join(ROOT, zone), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.ts'))) {
      if (/\.test\.ts$|(?:^|\/)test\//.test(file)) continue;
      if (!PARSERS.test(readFileSync(join(ROOT, zone, file), 'utf8'))) continue;
      if (`${zone}/${file}`.startsWith('helper/cage/worker/inside/')) inside += 1;
      else outside.push(`${zone}/${file}`);
    }
  }
  expect(outside).toEqual([]);
  expect(inside).toBeGreaterThan(3);
});
