/** Contact cards: `N:Lindqvist;Annika;;;` names a person by parts. */
import { trimMarks } from '../scan/chars.ts';
import type { Scan } from '../scan/scan.ts';
import { push } from './fields.ts';

const NAME = /\nN(?:;[A-Z-]{1,12}=[A-Za-z0-9-]{1,12}){0,3}:([^\r\n]{2,120})/g;
const ADDRESS = /\nADR(?:;[A-Z-]{1,12}=[A-Za-z0-9,"-]{1,16}){0,4}:([^\r\n]{6,200})/g;

export function readCards(scan: Scan): void {
  const { text } = scan;
  if (!text.includes('BEGIN:VCARD')) return;
  for (const match of text.matchAll(NAME)) {
    const end = match.index + match[0].length;
    const start = end - match[1]!.length;
    const bare = trimMarks(match[1]!, ';').replace(/[;\s](?:M[rs]s?\.?|Dr\.?|Prof\.?)$/, '');
    const tail = match[1]!.length - trimMarks(bare, ';').length;
    if (/[\p{L}]{2}/u.test(match[1]!))
      push(scan, { start, end: end - tail }, 'PERSON_NAME', 'vcard-name');
  }
  for (const match of text.matchAll(ADDRESS)) {
    const end = match.index + match[0].length;
    const lead = /^;+/.exec(match[1]!)?.[0].length ?? 0;
    if (/\d/.test(match[1]!))
      push(scan, { start: end - match[1]!.length + lead, end }, 'ADDRESS', 'vcard-address');
  }
}
