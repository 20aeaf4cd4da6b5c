/** Values that a conversation gives: the answer to a question, or a secret named first and said later. */
import type { LabelHit } from '../model.ts';
import type { Scan } from '../scan/scan.ts';
import type { Slot } from './slots.ts';

/** Offsets of the question marks of a text, asked for in order, so that each is found once. */
export class Questions {
  private next = -2;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Whether one stands within reach after `at`. */
  within(at: number, reach: number): boolean {
    if (this.next === -1) return false;
    if (this.next < at) this.next = this.text.indexOf('?', at);
    return this.next >= 0 && this.next < at + reach;
  }
}

export const QUESTION_REACH = 46;

const ANSWER =
  /[^\n?]{0,40}\?[ \t]{0,8}\r?\n(?:\r?\n)?(?:>{1,8} )?(?:\[[^\]\n]{1,24}\] ?)?(?:<[^>\n]{1,24}> ?)?(?:[\p{L}][\p{L} .]{1,24}: |A\. {1,4})?(?:(?:sure|yes|yep|yeah|ok|okay|of course|oui|bien sûr|ja|klar|sí|certo)[,.!]? (?:thing[,.!]? )?)?(?:(?:alors|also|so|well|euh|ben|bueno|pues|allora|dunque),? )?(?:(?:it(?:'s|’s|s| is)|that(?:'s|’s| is)|my \w{1,24} is|c'est|c’est|es ist|das ist|es|è)(?: (?:the|le|la|der|die|das|el|il))?:? |(?:the|le|der|am|el|il) )?/iuy;

/** A question for the value, and the answer on the next line or turn of a conversation. */
export function answerTo(scan: Scan, label: LabelHit): Slot | null {
  const { text } = scan;
  const rest = text.slice(label.end, label.end + QUESTION_REACH);
  const line = rest.indexOf('\n');
  if (line < 0 || !rest.slice(0, line).trimEnd().endsWith('?')) return null;
  // `my name's Femi, how can I help?` asks for something else.
  if (NEW_QUESTION.test(rest)) return null;
  ANSWER.lastIndex = label.end;
  const match = ANSWER.exec(text);
  if (match === null) return null;
  // `And the claim?`: the question is the label and nothing else.
  const mode = /^ ?\?/.test(rest) ? 'field' : 'filler';
  return { at: label.end + match[0].length, mode, quote: '', limit: -1 };
}

const NEW_QUESTION =
  /^(?: (?:is|was|ist|est|es|è))? [^\s?]{0,30}[\d_@]|^[^?\n]{1,40}[.,;!] (?:and )?(?:how|what|can|may|could|is|are|do|would|who|where|comment|que|puis|wie|was|kann|darf|cómo|come|posso)\b/i;

const SAID_LATER =
  /(?: [a-zà-ÿ'’]{1,12}){1,6}(?: (?:was|is(?: still| now| currently)?|to|are|will be|lautet|war|ist|était|est|era|es|è) | ?: ?)(?=["'`“]?[^\s"'`“]{0,20}[\d!#$%^&*])/y;

const LATE_TYPES = new Set(['PASSWORD', 'PIN']);

/** `the password you gave me was ...`: words between a secret's label and its value. */
export function saidLater(scan: Scan, label: LabelHit): Slot | null {
  if (!label.meanings.some((m) => LATE_TYPES.has(m.type))) return null;
  SAID_LATER.lastIndex = label.end;
  const match = SAID_LATER.exec(scan.text);
  if (match === null || /^ (?:is|was|must|should|has|cannot|may) /.test(match[0])) return null;
  let at = label.end + match[0].length;
  const quote = /["'`“]/.test(scan.text.charAt(at)) ? scan.text.charAt(at) : '';
  if (quote !== '') at++;
  return { at, mode: 'filler', quote, limit: -1 };
}
