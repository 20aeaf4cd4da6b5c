/** Accounts and passwords given to programs on a command line. */
import type { Trigger } from '../scan/lexicon.ts';
import { type Scan, triggered } from '../scan/scan.ts';

const PAIR = /\s(?:-u|--user)[ =]["']?([A-Za-z0-9._@-]{2,60}):([^\s"'$<{:]{3,80})["']?(?=\s|$)/g;
const SPLIT =
  /\b(?:login|mysql|mysqldump|psql|mongo|mongosh|redis-cli|sqlcmd|smbclient|ftp|svn|docker|podman|helm|az|oc|rdesktop|xfreerdp)\b[^\n|;&]{0,120}?\s(?:-u|--user(?:name)?)[ =]?["']?([A-Za-z0-9._@-]{2,60})["']?\s(?:[^\n|;&]{0,40}?\s)?(?:-p|--pass(?:word)?)[ =]?["']?([^\s"'$<{-][^\s"'$<{]{3,80})["']?(?=\s|$)/g;
/** `(ConvertTo-SecureString "..." -AsPlainText -Force)`, `New-Object PSCredential("DOMAIN\\name", ...)`. */
const SECURE_STRING =
  /SecureString (?:-String |-AsPlainText |-Force ){0,3}["']([^\s"'$<{]{4,80})["']/iy;
const PS_CREDENTIAL = /Credential(?: -ArgumentList)? ?\(? ?["']([A-Za-z0-9.\\@_-]{3,60})["']/iy;
const NET_USE = /\/user:([A-Za-z0-9.\\@_-]{2,60}) ([^\s"'$<{/]{4,80})(?=\s|$)/y;
/** `arn:aws:iam::<account>:user/<name>`. */
const ARN =
  /arn:aws[a-z-]{0,7}:iam::\d{12}:(?:user|mfa)\/(?:[\w+=,.@-]{1,60}\/){0,4}([\w+=,.@-]{2,64})/y;
const SSHPASS = /\bsshpass -p ?["']?([^\s"'$<{]{3,80})["']?/y;
const PLACEHOLDER =
  /^(?:user(?:name)?|pass(?:word)?|secret|token|x+|\*+|name|login|your.*|my.*|\[.*|%.*)$/i;

function push(scan: Scan, from: number, match: RegExpExecArray, group: number, type: string): void {
  const value = match[group];
  if (value === undefined || PLACEHOLDER.test(value)) return;
  const start = from + match.index + match[0].lastIndexOf(value);
  scan.found.push({
    start,
    end: start + value.length,
    type,
    score: 0.84,
    checked: false,
    evidence: ['command-line', 'label:option'],
  });
}

/** How far before an option its program may stand, and how far behind it the password may end. */
const BEFORE = 150;
const BEHIND = 260;

/** ` -u ` or ` --user` at a hyphen. */
function isOption({ text, tokens }: Scan, at: number): boolean {
  if (at === 0 || tokens.bytes[at - 1] !== 32) return false;
  if (text.startsWith('-u ', at)) return true;
  // `--user-output` is another option.
  return text.startsWith('--user', at) && tokens.bytes[at + 6] !== 45;
}

function atTrigger(scan: Scan, word: Trigger, re: RegExp, type: string): void {
  for (const at of triggered(scan, word)) {
    re.lastIndex = at;
    const match = re.exec(scan.text);
    if (match !== null) push(scan, 0, match, 1, type);
  }
}

/** `net use Z: \\\\host\\share /user:name password`. */
function netUse(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('/user:'); at >= 0; at = text.indexOf('/user:', at + 6)) {
    NET_USE.lastIndex = at;
    const match = NET_USE.exec(text);
    if (match === null || !/[\d\W]/.test(match[2]!) || /^(?:&&|\|\|?)$/.test(match[2]!)) continue;
    push(scan, 0, match, 1, 'USERNAME');
    push(scan, 0, match, 2, 'PASSWORD');
  }
}

/** The stretches of text around such options, apart from each other and in order. */
function optionWindows(scan: Scan): { from: number; to: number }[] {
  const { text, tokens } = scan;
  const windows: { from: number; to: number }[] = [];
  for (const at of tokens.dashes) {
    if (!isOption(scan, at)) continue;
    const to = Math.min(text.length, at + BEHIND);
    const last = windows[windows.length - 1];
    if (last !== undefined && at - BEFORE <= last.to) last.to = to;
    else {
      // The first word is whole, so that no end of one is taken for a program.
      let from = Math.max(0, at - BEFORE);
      while (from > 0 && at - from < BEFORE + 24 && text.charCodeAt(from - 1) > 32) from--;
      windows.push({ from, to });
    }
  }
  return windows;
}

function readOptions(scan: Scan, from: number, to: number, calls: boolean): void {
  const window = scan.text.slice(from, to);
  if (calls)
    for (const match of window.matchAll(PAIR)) {
      // A port range or a pair of placeholders is no account.
      if (PLACEHOLDER.test(match[1]!) || /^\d+$/.test(match[2]!)) continue;
      push(scan, from, match, 1, 'USERNAME');
      push(scan, from, match, 2, 'PASSWORD');
    }
  for (const match of window.matchAll(SPLIT)) {
    if (PLACEHOLDER.test(match[2]!)) continue;
    push(scan, from, match, 1, 'USERNAME');
    push(scan, from, match, 2, 'PASSWORD');
  }
}

/** Looks only where such an option stands. */
export function scanCommands(scan: Scan): void {
  const { text } = scan;
  const windows = optionWindows(scan);
  const calls =
    windows.length > 0 && (text.includes('curl') || text.includes('wget') || text.includes('http'));
  for (const { from, to } of windows) readOptions(scan, from, to, calls);
  atTrigger(scan, 'sshpass', SSHPASS, 'PASSWORD');
  atTrigger(scan, 'secure', SECURE_STRING, 'PASSWORD');
  atTrigger(scan, 'credential', PS_CREDENTIAL, 'USERNAME');
  atTrigger(scan, 'arn', ARN, 'USERNAME');
  netUse(scan);
}
