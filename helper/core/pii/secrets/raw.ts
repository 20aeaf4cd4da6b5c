/** What the readers of secrets share: where a raw value ends, what is a placeholder or an expression. */
import type { Slot } from '../context/slots.ts';
import type { Candidate } from '../model.ts';

const CLOSERS: Record<string, string> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”',
  '„': '“',
  '‘': '’',
  '«': '»',
  '‹': '›',
};

const PLACEHOLDER = new RegExp(
  '^(?:[*•●x.X_#-]+|<.*>?|\\$.*|%[A-Za-z_]+%?|\\{.*|\\[.*|@[A-Za-z]+@|null|none|nil|nan|undefined|true|false|yes|no|on|off|' +
    'required|optional|string|str|text|bytes|int|integer|boolean|bool|number|object|array|any|void|char|varchar|' +
    'passwo?r?d?|passwort|kennwort|secret|token|key|apikey|api[_-]?key|change[_-]?(?:me|it|this)[?!]*|changeit|your.*|my[_-]?(?:password|secret|token|key)|example.*|sample.*|placeholder|redacted|hidden|masked|encrypted|' +
    'n/?a|tbd|todo|fixme|same|empty|blank|default|unset|unknown|missing|insert.*|enter.*|prompt.*|input.*|process\\.env.*|os\\.(?:environ|getenv).*|env[.(\\[].*|getenv.*|System\\.getenv.*|secrets?\\..*|vault:.*|ssm:.*|arn:.*|file:.*|!.{0,3}(?:vault|secret|Ref|Sub|GetAtt).*|«.*|' +
    'user|users|admin|root|test|username|login|name|id|value|data|type|field|session|auth|basic|bearer|digest|negotiate)$',
  'i',
);

export function isPlaceholder(value: string): boolean {
  return value.length < 3 || PLACEHOLDER.test(value);
}

/** An expression rather than a value: `user.password`, `getSecret()`, `config[...]`. */
export function isExpression(value: string): boolean {
  if (/[A-Za-z_]\w{0,40}\(|\)$|=>|\[["']|::|->/.test(value))
    return !/[!@#$%^&*]/.test(value.replace(/[()[\]"'=>:-]/g, ''));
  return (
    /^[A-Za-z_]+(?:\.[A-Za-z_]+)+$|^\w+\[\w+\]?$/.test(value) ||
    /^(?:self|this|args|req|request|config|settings|options|opts|props|params|env|ctx)\./.test(
      value,
    )
  );
}

export interface Raw {
  start: number;
  end: number;
  quoted: boolean;
}

const VALUE_MAX = 400;

/** The raw value at a slot: up to the closing quote, or a run without white space. */
export function rawValue(text: string, slot: Slot, run: RegExp): Raw {
  const limit = Math.min(text.length, slot.limit >= 0 ? slot.limit : slot.at + VALUE_MAX);
  const close = CLOSERS[slot.quote];
  if (close !== undefined) {
    for (let i = slot.at; i < limit; i++) {
      if (text.charAt(i) === '\n') break;
      if (text.charAt(i) === close && text.charAt(i - 1) !== '\\')
        return { start: slot.at, end: i, quoted: true };
    }
  }
  run.lastIndex = slot.at;
  const match = run.exec(text);
  const end = Math.min(limit, slot.at + (match?.[0].length ?? 0));
  return { start: slot.at, end, quoted: false };
}

export function trimEnd(text: string, raw: Raw, marks: RegExp): Raw {
  let end = raw.end;
  while (end > raw.start && marks.test(text.charAt(end - 1))) end--;
  return { ...raw, end };
}

export function made(
  type: string,
  raw: Raw,
  score: number,
  slot: Slot,
  label: string,
  id: string,
): Candidate {
  return {
    start: raw.start,
    end: raw.end,
    type,
    score,
    checked: false,
    evidence: [id, `label:${label}`, `by:${slot.mode}`],
  };
}

export function kinds(value: string): {
  letters: boolean;
  digits: boolean;
  symbols: boolean;
  mixed: boolean;
} {
  return {
    letters: /[A-Za-z\u00c0-\u024f]/.test(value),
    digits: /\d/.test(value),
    symbols: /[^A-Za-z0-9\u00c0-\u024f\s]/.test(value),
    mixed: /[a-z]/.test(value) && /[A-Z]/.test(value.slice(1)),
  };
}
