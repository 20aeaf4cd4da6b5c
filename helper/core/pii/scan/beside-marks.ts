/** Values told by a mark or by what stands right before them: hashes of passwords, births, codes of banks. */

import { readName } from '../names/grammar.ts';
import { DATE, isDate } from '../types/dates.ts';
import { pushFound, type Scan, triggered } from './scan.ts';

/** What `crypt` and its kin write: the method, its settings, the salt and the hash. */
const CRYPT =
  /\$(?:2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|(?:1|apr1)\$[^$\s:]{1,16}\$[./A-Za-z0-9]{22}|[56]\$(?:rounds=\d{1,9}\$)?[^$\s:]{1,16}\$[./A-Za-z0-9]{43,86}|(?:y|gy|7)\$[./A-Za-z0-9]{1,40}\$[./A-Za-z0-9]{1,86}(?:\$[./A-Za-z0-9]{43})?|argon2(?:id?|d)\$v=\d{1,3}\$[a-z0-9=,]{5,60}\$[A-Za-z0-9+/]{8,88}\$[A-Za-z0-9+/]{16,128}|scrypt\$[a-z0-9=,]{5,60}\$[A-Za-z0-9+/=]{8,88}\$[A-Za-z0-9+/=]{16,128}|pbkdf2[a-z0-9-]{0,10}\$[^$\s]{1,40}\$[A-Za-z0-9+/.=]{8,88}(?:\$[A-Za-z0-9+/.=]{16,128})?)(?![A-Za-z0-9$])/y;

function scanHashes(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at + 1)) {
    // No amount: `$2.50` and `$1` have no second `$`, which the pattern asks for at once.
    CRYPT.lastIndex = at;
    const match = CRYPT.exec(text);
    if (match === null) continue;
    pushFound(scan, at, at + match[0].length, 'PASSWORD', 0.9, 'password-hash');
    at += match[0].length - 1;
  }
}

const BEFORE_STAR = /(?:[\p{L})"], ?|(?<![\p{L}])\p{Lu}[\p{L}'’-]{1,24} ?\(?|\()$/u;

/** `Korbinian, *14.07.1961`: the star of a birth, as German papers write it. */
function scanStars(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('*'); at >= 0; at = text.indexOf('*', at + 1)) {
    const from = text.charCodeAt(at + 1) === 32 ? at + 2 : at + 1;
    const c = text.charCodeAt(from);
    if (c < 48 || c > 57 || !BEFORE_STAR.test(text.slice(Math.max(0, at - 28), at))) continue;
    DATE.lastIndex = from;
    const date = DATE.exec(text);
    // A year of four digits: `Speed *1.2.3` is a product; `*14.07.1990*` is set in italics.
    if (date === null || !/\d{4}/.test(date[0]) || !isDate(date[0])) continue;
    if (text.charCodeAt(from + date[0].length) === 42) continue;
    pushFound(scan, from, from + date[0].length, 'DATE_OF_BIRTH', 0.8, 'birth-star');
  }
}

const BANK_CODE =
  /["')\]]?[ \t,;|/·–-]{1,6}(?:\r?\n[ \t]{0,24})?([A-Z]{4}([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![A-Za-z0-9])/y;

/** `FR76 ... 189  CMBRFR2BXXX`: the code of a bank right behind an account of its country. */
function codesBehind(scan: Scan): void {
  const { text } = scan;
  const count = scan.found.length;
  for (let i = 0; i < count; i++) {
    const account = scan.found[i]!;
    if (account.type !== 'IBAN' || account.score < 0.6) continue;
    BANK_CODE.lastIndex = account.end;
    const match = BANK_CODE.exec(text);
    if (match === null || match[2] !== text.slice(account.start, account.start + 2)) continue;
    const end = account.end + match[0].length;
    pushFound(scan, end - match[1]!.length, end, 'BIC', 0.85, 'bic-behind-iban');
  }
}

/** `oncall-eu` / `Foghorn&Lamp3`: what stands behind an account and a slash, and no word is written so. */
const SECRET_BEHIND =
  /["'`]? ?\/ ?["'`]?((?=[^\s"'`/]{0,40}\d)(?=[^\s"'`/]{0,40}[A-Za-z])[^\s"'`/<>]{6,40})["'`]?(?=[\s,.;)]|$)/y;

function secretsBehind(scan: Scan): void {
  const { text } = scan;
  const count = scan.found.length;
  for (let i = 0; i < count; i++) {
    const account = scan.found[i]!;
    if (account.type !== 'USERNAME' || account.score < 0.6) continue;
    SECRET_BEHIND.lastIndex = account.end;
    const match = SECRET_BEHIND.exec(text);
    if (match === null || !(/[A-Z]/.test(match[1]!) && /[^A-Za-z0-9]/.test(match[1]!))) continue;
    const start = account.end + match[0].indexOf(match[1]!);
    pushFound(scan, start, start + match[1]!.length, 'PASSWORD', 0.72, 'password-behind-account');
  }
}

/** Pages of persons: `linkedin.com/in/adabyron`, `tiktok.com/@adabyron`. */
const PAGE = /(?:linkedin\.com\/in\/|tiktok\.com\/@)([A-Za-z0-9_.-]{3,40}[A-Za-z0-9_])/y;
const OWN_PAGE =
  /\b(?:account|compte|handle|profil[eo]?|perfil|konto|cuenta|instagram|insta|twitter|tiktok|snapchat|telegram)[ :,(]{1,3}$/i;
const HANDLE = /@[A-Za-z0-9_](?:[A-Za-z0-9_.]{1,28}[A-Za-z0-9_])(?![A-Za-z0-9_@/(])/y;

function scanPages(scan: Scan): void {
  const { text } = scan;
  const push = (start: number, end: number) =>
    pushFound(scan, start, end, 'USERNAME', 0.7, 'page-of-person');
  for (const site of ['linkedin', 'tiktok'] as const)
    for (const at of triggered(scan, site)) {
      PAGE.lastIndex = at;
      const match = PAGE.exec(text);
      if (match !== null) push(at + match[0].length - match[1]!.length, at + match[0].length);
    }
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (!OWN_PAGE.test(text.slice(Math.max(0, at - 20), at))) continue;
    HANDLE.lastIndex = at;
    const match = HANDLE.exec(text);
    if (match !== null) push(at, at + match[0].length);
  }
}

/** `I, Hepzibah Crowther, of 6 Weavers Row`: the beginning of a statement. */
function scanSworn(scan: Scan): void {
  const { text, lexicon } = scan;
  for (let from = text.indexOf('I, '); from >= 0; from = text.indexOf('I, ', from + 3)) {
    const at = from + 3;
    if (from > 0 && /[A-Za-z0-9.]/.test(text.charAt(from - 1))) continue;
    const read = readName(lexicon, text, at, { limit: Math.min(text.length, at + 60) });
    if (read === null || read.words.length < 2) continue;
    if (
      !/^,? (?:of|residing|being|the undersigned|do hereby|hereby|born|aged|make oath|declare)\b/.test(
        text.slice(read.end, read.end + 18),
      )
    )
      continue;
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.76, 'name-sworn');
  }
}

/** `echo 'root:Tin-Kettle' | chpasswd`, or the list below it. */
const ACCOUNT_LINE = /(?:^|[\n"' \t])([a-z_][a-z0-9_-]{0,31}):([^\s"'`:$<{]{6,80})(?=["'\s]|$)/g;

function changedPasswords(scan: Scan): void {
  const { text } = scan;
  for (const at of triggered(scan, 'chpasswd')) {
    const from = Math.max(0, at - 120);
    for (const match of text.slice(from, at + 240).matchAll(ACCOUNT_LINE)) {
      if (!/\d|[^A-Za-z0-9]/.test(match[2]!)) continue;
      const start = from + match.index + match[0].length - match[2]!.length;
      pushFound(scan, start, start + match[2]!.length, 'PASSWORD', 0.8, 'account-password');
    }
  }
}

/** `Ada Oakes  9:41 AM` above a message, `Ada Oakes added a comment`. */
const STAMP = /^(.{3,50}?) {2,4}\[?\d{1,2}:\d\d [AP]M$/;

function scanWriters(scan: Scan): void {
  const { text } = scan;
  for (const half of ['am', 'pm'] as const)
    for (const at of triggered(scan, half)) {
      if (text.charCodeAt(at + 1) !== 77 || text.charCodeAt(at + 2) > 13) continue;
      const line = lineBefore(text, at + 2);
      pushWriter(scan, at + 2 - line.length, STAMP.exec(line)?.[1]);
    }
  for (const at of triggered(scan, 'comment')) {
    if (!text.startsWith(' added a ', at - 9)) continue;
    const line = lineBefore(text, at - 9);
    pushWriter(scan, at - 9 - line.length, line);
  }
}

function lineBefore(text: string, at: number): string {
  const head = text.slice(Math.max(0, at - 70), Math.max(0, at));
  return head.slice(head.lastIndexOf('\n') + 1);
}

/** A whole name of two words or more, and nothing else. */
function pushWriter(scan: Scan, from: number, name: string | undefined): void {
  if (name === undefined || !/^[A-Z\u00c0-\u00de]/.test(name)) return;
  const limit = from + name.length;
  const read = readName(scan.lexicon, scan.text, from, { limit });
  if (read === null || read.words.length < 2 || read.end !== limit) return;
  pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.74, 'name-writer');
}

export function scanBesideMarks(scan: Scan): void {
  scanHashes(scan);
  scanStars(scan);
  codesBehind(scan);
  secretsBehind(scan);
  scanPages(scan);
  scanSworn(scan);
  changedPasswords(scan);
  scanWriters(scan);
}
