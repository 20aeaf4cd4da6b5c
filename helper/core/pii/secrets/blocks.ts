/** Whole private keys, and addresses or connection strings that carry a password. */
import type { Candidate } from '../model.ts';
import { isAlnum } from '../scan/chars.ts';
import { type Scan, triggered } from '../scan/scan.ts';
import { isPlaceholder } from './raw.ts';

const BLOCK_MAX = 65_536;
const BEGIN = /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const PUTTY = 'PuTTY-User-Key-File-';
const BODY_LINE = /[\s>|#*"'+\\,]{0,64}[A-Za-z0-9+/=:.\- ]{1,200}/y;

/** The end of a block without END line: the last line that still looks like key material. */
function truncatedEnd(text: string, from: number): number {
  let end = from;
  for (let lines = 0; lines < 400; lines++) {
    BODY_LINE.lastIndex = end;
    const match = BODY_LINE.exec(text);
    if (match === null || !/[A-Za-z0-9+/=]{16}|^[\s]*[A-Za-z-]+: /.test(match[0])) break;
    end += match[0].length;
  }
  return end;
}

function scanPem(scan: Scan): void {
  const { text } = scan;
  let close = 0;
  let done = 0;
  for (const word of triggered(scan, 'begin')) {
    const at = word - 5;
    if (at < done) continue;
    BEGIN.lastIndex = at;
    const begin = BEGIN.exec(text);
    if (begin === null) continue;
    const bodyAt = at + begin[0].length;
    if (close >= 0 && close < bodyAt) close = text.indexOf('-----END ', bodyAt);
    let end = truncatedEnd(text, bodyAt);
    if (close >= 0 && close - at < BLOCK_MAX) {
      const tail = text.indexOf('-----', close + 9);
      if (tail >= 0 && tail - close < 60) end = tail + 5;
    }
    scan.found.push({
      start: at,
      end,
      type: 'PRIVATE_KEY',
      score: 0.99,
      checked: false,
      evidence: ['pem-private-key'],
    });
    done = end;
  }
  const tty = triggered(scan, 'tty').find((at) => text.startsWith(PUTTY, at - 2));
  if (tty !== undefined) {
    const putty = tty - 2;
    const mac = text.indexOf('Private-MAC:', putty);
    const end =
      mac >= 0 && mac - putty < BLOCK_MAX
        ? Math.min(text.length, mac + 77)
        : truncatedEnd(text, putty);
    scan.found.push({
      start: putty,
      end,
      type: 'PRIVATE_KEY',
      score: 0.97,
      checked: false,
      evidence: ['putty-private-key'],
    });
  }
}

function isScheme(c: number): boolean {
  return isAlnum(c) || c === 43 || c === 45 || c === 46;
}

const URL_END = /[\s"'`<>\\^{}|«»]/;
const URL_MAX = 2048;

function credentialsAt(text: string, colon: number): Candidate | null {
  let start = colon;
  while (start > 0 && colon - start < 32 && isScheme(text.charCodeAt(start - 1))) start--;
  if (start === colon) return null;
  const from = colon + 3;
  const limit = Math.min(text.length, from + 512);
  let at = -1;
  let i = from;
  for (; i < limit; i++) {
    const c = text.charAt(i);
    if (c === '@') at = i;
    else if (c === '/' || c === '?' || c === '#' || URL_END.test(c)) {
      if (c !== '#' || at >= 0) break;
    }
  }
  if (at < 0) return null;
  const user = text.slice(from, at);
  const split = user.indexOf(':');
  if (split < 0 || split === user.length - 1 || isPlaceholder(user.slice(split + 1))) return null;
  let end = at + 1;
  while (end < text.length && end - start < URL_MAX && !URL_END.test(text.charAt(end))) end++;
  while (end > at + 2 && /[.,;:!?)\]]/.test(text.charAt(end - 1))) end--;
  if (end <= at + 1) return null;
  return {
    start,
    end,
    type: 'URL_CREDENTIALS',
    score: 0.985,
    checked: false,
    evidence: ['url-credentials'],
  };
}

function scanUrls(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const found = credentialsAt(text, at);
    if (found !== null) scan.found.push(found);
  }
}

const SECRET_PART = /;[ ]?(?:Password|Pwd|AccountKey|SharedAccessKey) ?= ?/iy;
const PART = /[A-Za-z][A-Za-z0-9 _-]{0,40} ?= ?(?:'[^'\n]{0,120}'|[^;"'\n]{0,160})/y;

/** `Server=...;User Id=...;Password=...` whole. */
function scanConnectionStrings(scan: Scan): void {
  const { text } = scan;
  let seen = 0;
  let next = 0;
  for (let at = text.indexOf(';'); at >= 0; at = text.indexOf(';', Math.max(at + 1, next))) {
    SECRET_PART.lastIndex = at;
    if (!SECRET_PART.test(text)) continue;
    let start = at;
    // What an earlier try has seen without success is not read again.
    const low = Math.max(0, start - 600, seen - 24);
    while (start > low && !/["'`\n<>]/.test(text.charAt(start - 1))) start--;
    const head = text.slice(start, at);
    const first =
      /(?:Server|Data Source|Host|Hostname|Driver|DSN|DefaultEndpointsProtocol|Endpoint|AccountName|Uid|User Id|User|Username|Database|Initial Catalog|Provider|Addr|Address) ?=/i.exec(
        head,
      );
    seen = at;
    if (first === null) continue;
    start += first.index;
    let end = at;
    for (let parts = 0; parts < 20 && text.charAt(end) === ';'; parts++) {
      PART.lastIndex = text.charAt(end + 1) === ' ' ? end + 2 : end + 1;
      const part = PART.exec(text);
      if (part === null) break;
      end = PART.lastIndex;
    }
    while (end > start && /[\s.,]/.test(text.charAt(end - 1))) end--;
    scan.found.push({
      start,
      end,
      type: 'URL_CREDENTIALS',
      score: 0.985,
      checked: false,
      evidence: ['connection-string'],
    });
    next = end;
  }
}

export function scanBlocks(scan: Scan): void {
  scanPem(scan);
  scanUrls(scan);
  if (scan.text.includes('=')) scanConnectionStrings(scan);
}
