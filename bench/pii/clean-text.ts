import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const PLACES = [
  '/usr/share/common-licenses',
  '/usr/share/perl',
  '/usr/share/man/man1',
  'node_modules',
  '/usr/share/doc',
];
/** Files that are lists of people: every name in them is a true finding. */
const PEOPLE =
  /(?:^|[^a-z])(?:AUTHORS?|THANKS|CONTRIBUT\w*|CREDITS|ACKS?|ACKNOWLEDGE\w*|MAINTAINERS?|copyright|changelog\w*|changes|NEWS\w*|\w*ReleaseNotes|RelNotes|history)(?:[^a-z]|$)/i;

/** A text most of whose lines are names or addresses of people, whatever it is called. */
function isListOfPeople(text: string): boolean {
  const mails = text.split('@').length - 1;
  return mails * 400 > text.length;
}

const TEXT = /(?:README|LICENSE|TODO|\.md|\.txt|\.rst|\.pod|\.gz|^[A-Z]+-[\d.]+)$/i;

/**
 * Text found on the machine that nobody wrote for this purpose: manuals and licences.
 * Files that list authors or changes are left out; the names and addresses that remain are those of
 * authors, so a hit is not always a false alarm.
 */
export function cleanText(root: string, maxBytes: number): string[] {
  const out: string[] = [];
  let left = maxBytes;
  const visit = (folder: string, depth: number): void => {
    for (const name of readdirSync(folder).sort()) {
      if (left <= 0) return;
      const path = join(folder, name);
      const info = statSync(path, { throwIfNoEntry: false });
      if (info === undefined) continue;
      if (info.isDirectory()) {
        if (depth > 0) visit(path, depth - 1);
      } else if (
        TEXT.test(name) &&
        !PEOPLE.test(name) &&
        !PEOPLE.test(folder) &&
        info.size > 500 &&
        info.size < 400_000
      ) {
        const bytes = readFileSync(path);
        const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
          .toString('utf8')
          .slice(0, 60_000);
        if (isListOfPeople(text)) continue;
        left -= text.length;
        out.push(text);
      }
    }
  };
  for (const place of PLACES) {
    const folder = place.startsWith('/') ? place : join(root, place);
    if (existsSync(folder)) visit(folder, 3);
  }
  return out;
}
