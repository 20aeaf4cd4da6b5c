/** Accounts and passwords given to programs on a command line. */
import { type Scan, triggered } from '../scan/scan.ts';

const PAIR = /\s(?:-u|--user)[ =]["']?([A-Za-z0-9._@-]{2,60}):([^\s"'$<{:]{3,80})["']?(?=\s|$)/g;
const SPLIT =
  /\b(?:login|mysql|mysqldump|psql|mongo|mongosh|redis-cli|sqlcmd|smbclient|ftp|svn|docker|podman|helm|az|oc|rdesktop|xfreerdp)\b[^\n|;&]{0,120}?\s(?:-u|--user(?:name)?)[ =]?["']?([A-Za-z0-9._@-]{2,60})["']?\s(?:[^\n|;&]{0,40}?\s)?(?:-p|--pass(?:word)?)[ =]?["']?([^\s"'$<{-][^\s"'$<{]{3,80})["']?(?=\s|$)/g;
const SSHPASS = /\bsshpass -p ?["']?([^\s"'$<{]{3,80})["']?/y;
const PLACEHOLDER =
  /^(?:user(?:name)?|pass(?:word)?|secret|token|x+|\*+|name|login|your.*|my.*|\[.*|%.*)$/i;

function push(scan: Scan, match: RegExpExecArray, group: number, type: string): void {
  const value = match[group];
  if (value === undefined || PLACEHOLDER.test(value)) return;
  const start = match.index + match[0].lastIndexOf(value);
  scan.found.push({
    start,
    end: start + value.length,
    type,
    score: 0.84,
    checked: false,
    evidence: ['command-line', 'label:option'],
  });
}

/** ` -u ` or ` --user`: a search for the space before them would stop at every word. */
function hasOption(text: string): boolean {
  for (let at = text.indexOf('-u'); at >= 0; at = text.indexOf('-u', at + 2))
    if (text.startsWith(' -u ', at - 1) || text.startsWith(' --user', at - 2)) return true;
  return false;
}

/** Looks only at texts that hold such an option at all. */
export function scanCommands(scan: Scan): void {
  const { text } = scan;
  if (hasOption(text)) {
    if (text.includes('curl') || text.includes('wget') || text.includes('http'))
      for (const match of text.matchAll(PAIR)) {
        // A port range or a pair of placeholders is no account.
        if (PLACEHOLDER.test(match[1]!) || /^\d+$/.test(match[2]!)) continue;
        push(scan, match, 1, 'USERNAME');
        push(scan, match, 2, 'PASSWORD');
      }
    for (const match of text.matchAll(SPLIT)) {
      if (PLACEHOLDER.test(match[2]!)) continue;
      push(scan, match, 1, 'USERNAME');
      push(scan, match, 2, 'PASSWORD');
    }
  }
  for (const at of triggered(scan, 'sshpass')) {
    SSHPASS.lastIndex = at;
    const match = SSHPASS.exec(text);
    if (match !== null) push(scan, match, 1, 'PASSWORD');
  }
}
