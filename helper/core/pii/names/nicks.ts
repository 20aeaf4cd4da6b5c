/** Names of the writers of a chat: `<dmitri> hello`, `[09:14] kayleigh_w: hello`. */
import type { Scan } from '../scan/scan.ts';

const IN_BRACKETS = /<([@+%]?[A-Za-z_][A-Za-z0-9_.|`^-]{1,23})> (?=[^\s<])/y;
const STAMPED = /([a-z][a-z0-9]{1,20}[._][a-z0-9._]{1,20}): (?=\S)/y;
/** Somebody else of a conversation speaks on a line with a stamp. */
const SPEAKER =
  /\d\d:\d\d(?::\d\d)?\] (?:agent|support|me|you|customer|client|caller|operator|advisor|nurse|doctor|bot|admin|[A-Z][a-z]{2,14}(?: [A-Z][a-z]{1,14})?): /;
const NO_NICK =
  /^(?:https?|mailto|b|i|u|p|a|br|hr|li|ul|ol|td|tr|th|em|div|span|code|pre|html|head|body|name|type|value|string|unknown|none|null|file|path|id|user|username|password|email|url|int|bool|stdin|stdout|module|anonymous|lambda|module|listcomp|genexpr|frozen|console|iostream|[a-z]+\.(?:h|hpp|js|ts|py))$/i;
const MOST = 5000;

interface Nick {
  start: number;
  end: number;
}

function push(scan: Scan, nick: Nick, score: number): void {
  const { start, end } = nick;
  scan.found.push({ start, end, type: 'USERNAME', score, checked: false, evidence: ['chat-nick'] });
}

/** Lines that begin with a nick in angle brackets: two of them make a chat. */
function bracketed(scan: Scan): void {
  const { text } = scan;
  const nicks: Nick[] = [];
  let line = text.charCodeAt(0) === 60 ? 0 : next(text, 0);
  for (; line >= 0 && nicks.length < MOST; line = next(text, line)) {
    IN_BRACKETS.lastIndex = line;
    const match = IN_BRACKETS.exec(text);
    if (match === null || NO_NICK.test(match[1]!)) continue;
    const start = line + 1 + (/[@+%]/.test(match[1]!.charAt(0)) ? 1 : 0);
    nicks.push({ start, end: line + 1 + match[1]!.length });
  }
  if (nicks.length < 2 || !isChat(text, nicks)) return;
  const closed = new Set([...text.matchAll(/<\/([\w.-]{1,40})>/g)].map((match) => match[1]));
  for (const nick of nicks)
    if (!closed.has(text.slice(nick.start, nick.end))) push(scan, nick, 0.62);
}

/** Nicks stand at the beginning of lines one after the other; placeholders of a manual do not. */
function isChat(text: string, nicks: readonly Nick[]): boolean {
  let beside = 0;
  for (let n = 1; n < nicks.length; n++) {
    const between = text.slice(
      nicks[n - 1]!.end,
      Math.min(nicks[n]!.start, nicks[n - 1]!.end + 400),
    );
    if ((between.match(/\n/g)?.length ?? 0) === 1) beside++;
  }
  return beside > 0 && beside * 3 >= nicks.length;
}

/** The next `<` that begins a line: there are fewer of these than of line ends. */
function next(text: string, at: number): number {
  let found = text.indexOf('<', at + 1);
  while (found >= 0 && text.charCodeAt(found - 1) !== 10) found = text.indexOf('<', found + 1);
  return found;
}

/** `[09:14] kayleigh_w: `, where somebody else speaks the same way. */
function stamped(scan: Scan): void {
  const { text } = scan;
  const nicks: Nick[] = [];
  for (
    let at = text.indexOf('] ');
    at >= 0 && nicks.length < MOST;
    at = text.indexOf('] ', at + 2)
  ) {
    if (text.charCodeAt(at - 3) !== 58) continue;
    STAMPED.lastIndex = at + 2;
    const match = STAMPED.exec(text);
    if (match !== null) nicks.push({ start: at + 2, end: at + 2 + match[1]!.length });
  }
  if (nicks.length === 0 || !SPEAKER.test(text)) return;
  for (const nick of nicks) push(scan, nick, 0.6);
}

export function scanNicks(scan: Scan): void {
  bracketed(scan);
  stamped(scan);
}
