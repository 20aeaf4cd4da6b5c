import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const PLACES = ['/usr/share/doc', '/usr/share/common-licenses', '/usr/share/perl', 'node_modules'];
const TEXT = /(?:README|CHANGELOG|LICENSE|NEWS|TODO|\.md|\.txt|\.rst|\.pod|copyright|\.gz)$/i;

/**
 * Text found on the machine that nobody wrote for this purpose: manuals, licences, change logs.
 * It holds some real names and addresses of authors, so a hit is not always a false alarm.
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
      } else if (TEXT.test(name) && info.size > 500 && info.size < 400_000) {
        const bytes = readFileSync(path);
        const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
          .toString('utf8')
          .slice(0, 60_000);
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
