/** German plates, whose shape is too common to be told alone, where a vehicle was named just before. */
import { TRIGGER } from './lexicon.ts';
import { pushFound, type Scan } from './scan.ts';

const VEHICLES = [
  'audi',
  'auto',
  'bmw',
  'fahrzeug',
  'golf',
  'motorrad',
  'opel',
  'pkw',
  'vw',
  'wagen',
] as const;
const PLATE = /(?<![A-Za-z0-9-])[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?(?![A-Za-z0-9-]|[.,]\d)/;
const REACH = 60;

export function scanPlates(scan: Scan): void {
  const { text, tokens, lexicon } = scan;
  const ids = VEHICLES.map((word) => lexicon.triggers[word]);
  for (const t of tokens.marked) {
    if ((tokens.bits[t]! & TRIGGER) === 0 || !ids.includes(tokens.id[t]!)) continue;
    const from = tokens.end[t]!;
    const near = text.slice(from, from + REACH);
    const line = near.indexOf('\n');
    const match = PLATE.exec(line < 0 ? near : near.slice(0, line));
    if (match === null) continue;
    const start = from + match.index;
    pushFound(scan, start, start + match[0].length, 'LICENSE_PLATE', 0.66, 'plate-vehicle');
  }
}
