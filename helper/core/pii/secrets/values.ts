/** Reads the value of a password, key or user name at the place a label points at. */
import { entropy } from '../check/basic.ts';
import type { Reader } from '../context/apply.ts';
import type { Slot } from '../context/slots.ts';
import type { Candidate } from '../model.ts';
import type { Scan } from '../scan/scan.ts';

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
function isExpression(value: string): boolean {
  if (/[A-Za-z_]\w*\(|\)$|=>|\[["']|::|->/.test(value))
    return !/[!@#$%^&*]/.test(value.replace(/[()[\]"'=>:-]/g, ''));
  return (
    /^[A-Za-z_]+(?:\.[A-Za-z_]+)+$|^\w+\[\w+\]?$/.test(value) ||
    /^(?:self|this|args|req|request|config|settings|options|opts|props|params|env|ctx)\./.test(
      value,
    )
  );
}

interface Raw {
  start: number;
  end: number;
  quoted: boolean;
}

const VALUE_MAX = 400;

/** The raw value at a slot: up to the closing quote, or a run without white space. */
function rawValue(text: string, slot: Slot, run: RegExp): Raw {
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

function trimEnd(text: string, raw: Raw, marks: RegExp): Raw {
  let end = raw.end;
  while (end > raw.start && marks.test(text.charAt(end - 1))) end--;
  return { ...raw, end };
}

function made(
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

function kinds(value: string): {
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

const VALUE_RUN = /[^\s"'`<>,]{1,400}/y;
const PASSWORD_RUN = /[^\s<>"`]{1,200}/y;

/** `passphrase: four words` runs to the end of the line. */
function phrase(text: string, slot: Slot, label: string): Raw | null {
  if (
    !/phrase/.test(label) ||
    slot.quote !== '' ||
    (slot.mode !== 'field' && slot.mode !== 'above')
  )
    return null;
  const re = /[a-z]{2,12}(?:[ -][a-z]{2,12}){2,7}(?=[ .\t]*(?:\n|\r|$|["',;]))/y;
  re.lastIndex = slot.at;
  const match = re.exec(text);
  return match === null ? null : { start: slot.at, end: slot.at + match[0].length, quoted: false };
}

/** Words such as `PASS` and `auth` have other meanings: an unquoted value must look the part. */
function firmPassword(text: string, slot: Slot, label: string, value: string): boolean {
  if (
    /[:\\]$/.test(value) ||
    (/^[\d.]+$/.test(value.replace(/^[<>=]+/, '')) === true && value.includes('.'))
  )
    return false;
  if (
    slot.mode === 'above' &&
    !/^[^\s]{4,64}[ \t]*(?:\r?\n|$)/.test(text.slice(slot.at, slot.at + 70))
  )
    return false;
  // `PASS: test 1` of a test report
  if (
    slot.mode === 'field' &&
    label === 'pass' &&
    text.slice(slot.at - 6, slot.at) === 'PASS: ' &&
    /^ \S/.test(text.slice(slot.at + value.length, slot.at + value.length + 2))
  )
    return false;
  if (label === 'auth' && /^[A-Z]{0,5}-?\d{5,}$/.test(value)) return false;
  if (!/^(?:pass|auth|pw|pwd|psk|secret|credentials?|clave|parola|kw)$/.test(label)) return true;
  if (text.charAt(slot.at - 1) === '=' || slot.mode === 'cell') return true;
  return (
    /\d/.test(value) &&
    /[A-Za-z]/.test(value) &&
    (/[A-Z]/.test(value) || /[^A-Za-z0-9._/-]/.test(value))
  );
}

export const readPassword: Reader = (scan: Scan, slot: Slot, label: string) => {
  const { text } = scan;
  const words = phrase(text, slot, label);
  if (words !== null) return made('PASSWORD', words, 0.84, slot, label, 'passphrase');
  let raw = rawValue(text, slot, PASSWORD_RUN);
  if (!raw.quoted) {
    raw = trimEnd(text, raw, slot.mode === 'cell' ? /$^/ : /[,;.)\]}|'*]/);
    // key=value logs and query strings: the next pair is not part of the value.
    const amp = text.slice(raw.start, raw.end).search(/&[A-Za-z_]+=|[,;][A-Za-z_ ]+[:=]|\|/);
    if (amp === 0) return null;
    if (amp > 0) raw = { ...raw, end: raw.start + amp };
  }
  const value = text.slice(raw.start, raw.end);
  const field = slot.mode === 'field' || slot.mode === 'cell' || slot.mode === 'above';
  if (!field && !/[\s"'`“„«:]/.test(text.charAt(slot.at - 1))) return null;
  if (!field && /[/\\()[\]{}<>]|\.[a-z]{1,4}$/.test(value)) return null;
  if (value.length < 4 || value.length > 128 || isPlaceholder(value) || isExpression(value))
    return null;
  if (/^https?:\/\/|^\/[a-z]+\/|^[a-z][a-z-]*(?:\/[\w-]+){2,}\/?$/.test(value)) return null;
  const k = kinds(value);
  if (raw.quoted === false && !firmPassword(text, slot, label, value)) return null;
  const strong =
    (k.letters && (k.digits || k.symbols)) ||
    (k.digits && k.symbols) ||
    (k.mixed && value.length >= 8);
  if (raw.quoted) {
    if (/\s/.test(value) && !/phrase/.test(label)) return null;
    return strong || value.length >= 6
      ? made('PASSWORD', raw, strong ? 0.92 : 0.7, slot, label, 'password')
      : null;
  }
  if (!strong) {
    const digitsOnly = k.digits && !k.letters && value.length >= 4 && field;
    const lower =
      field &&
      slot.mode !== 'above' &&
      /^[A-Za-z]{8,}$/.test(value) &&
      (/[_A-Z]{4}/.test(text.slice(Math.max(0, slot.at - 12), slot.at)) || slot.mode === 'cell');
    return digitsOnly || lower ? made('PASSWORD', raw, 0.62, slot, label, 'password') : null;
  }
  if (
    !field &&
    (!k.digits ||
      value.length < 6 ||
      /^[a-z]+(?:[-/'’][a-z]+)+$/i.test(value) ||
      /^\d+[a-z]{1,6}$/i.test(value))
  )
    return null;
  if (field && slot.quote === '' && /^[a-z]+(?:[-/'’_][a-z]+)+$/.test(value) && value.length < 12)
    return null;
  if (slot.mode === 'above' && (!k.digits || slot.quote !== '')) return null;
  return made('PASSWORD', raw, field ? 0.9 : 0.8, slot, label, 'password');
};

export const readKey: Reader = (scan, slot, label) => {
  if (slot.mode === 'near') return null;
  if (
    slot.mode === 'above' &&
    !/^[^\s]{16,200}[ \t]*(?:\r?\n|$)/.test(scan.text.slice(slot.at, slot.at + 204))
  )
    return null;
  if (slot.mode === 'plain' && !/[\s"'`(:]/.test(scan.text.charAt(slot.at - 1))) return null;
  const { text } = scan;
  let raw = trimEnd(text, rawValue(text, slot, /[^\s"'`<>,;&|)\]}]{1,400}/y), /[.:]/);
  const bearer = /^(?:bearer|token|basic) +/i.exec(text.slice(slot.at, slot.at + 12));
  if (bearer !== null)
    raw = trimEnd(
      text,
      rawValue(text, { ...slot, at: slot.at + bearer[0].length }, VALUE_RUN),
      /[.:;]/,
    );
  const value = text.slice(raw.start, raw.end);
  if (value.length < 12 || value.length > 400 || isPlaceholder(value) || isExpression(value))
    return null;
  if (!/^[A-Za-z0-9_\-+/=.~:!@#$%^*]+$/.test(value) || /^https?:|^\/|^\d+(?:\.\d+)+$/.test(value))
    return null;
  const k = kinds(value);
  if (!k.digits || !k.letters) {
    if (!(k.mixed && value.length >= 20 && entropy(value) >= 3.8)) return null;
  }
  if (!randomEnough(value)) return null;
  return made(
    'GENERIC_API_KEY',
    raw,
    slot.mode === 'plain' ? 0.72 : 0.86,
    slot,
    label,
    'key-assignment',
  );
};

function randomEnough(value: string): boolean {
  if (
    /^-+[a-z]|^(?:[A-Z][a-z]+){2,6}\d{0,2}$|(?:Public|Private)Key$|^\d?[a-z]+_[a-z]+$|^ecdsa-sha2|^ssh-/.test(
      value,
    )
  )
    return false;
  if (/example|sample|placeholder|your[-_]|x{5}|(.)\1{5}/i.test(value)) return false;
  // Words joined by hyphens or dots are names of things: `my-service-v2-prod`.
  if (/^[A-Za-z]{2,14}(?:[-_.][A-Za-z]{2,14}|[-_.]v?\d{1,3}){1,6}$/.test(value)) return false;
  if (/^\d{4}-\d\d-\d\d/.test(value)) return false;
  return entropy(value) >= (value.length >= 20 ? 3.0 : 2.9);
}

export const readAwsSecret: Reader = (scan, slot, label) => {
  const raw = trimEnd(scan.text, rawValue(scan.text, slot, VALUE_RUN), /[.):;\]}|]/);
  const value = scan.text.slice(raw.start, raw.end);
  if (!/^[A-Za-z0-9/+]{40}$/.test(value) || entropy(value) < 3.2) return null;
  if (!/[A-Z]/.test(value) || !/[a-z]/.test(value)) return null;
  if (!/aws|amazon|s3/i.test(label) && !/[/+]/.test(value)) return null;
  return made(
    'AWS_SECRET_KEY',
    raw,
    slot.mode === 'near' ? 0.8 : 0.94,
    slot,
    label,
    'aws-secret-key',
  );
};

export const readTwilio: Reader = (scan, slot, label) => {
  const raw = trimEnd(scan.text, rawValue(scan.text, slot, VALUE_RUN), /[.):;\]}|]/);
  const value = scan.text.slice(raw.start, raw.end);
  if (!/^(?:(?:SK|AC|AP)?[0-9a-f]{32}|[A-Za-z0-9]{32})$/.test(value) || entropy(value) < 2.8)
    return null;
  if (
    !/twilio/i.test(label) &&
    !/^(?:SK|AC)/.test(value) &&
    !/twilio/i.test(scan.text.slice(Math.max(0, slot.at - 200), slot.at))
  )
    return null;
  return made('TWILIO_KEY', raw, 0.93, slot, label, 'twilio-key');
};

export const readBearer: Reader = (scan, slot, label) => {
  if (slot.mode === 'near' || slot.mode === 'above') return null;
  const { text } = scan;
  const scheme = /^(?:Bearer|Token)[ :]+/i.exec(text.slice(slot.at, slot.at + 10));
  const bare = scheme === null && !/bearer|token/i.test(label);
  const at = slot.at + (scheme?.[0].length ?? 0);
  const raw = trimEnd(
    text,
    rawValue(text, { ...slot, at, quote: '' }, /[^\s"'`<>,;]{1,400}/y),
    /[.:)\]}\\]/,
  );
  const value = text.slice(raw.start, raw.end);
  if (
    value.length < 12 ||
    !/^[A-Za-z0-9._~+/=:-]+$/.test(value) ||
    isPlaceholder(value) ||
    isExpression(value)
  )
    return null;
  if (!/\d/.test(value) && !/[a-z][A-Z]|[A-Z][a-z].*[A-Z]/.test(value)) return null;
  if (!randomEnough(value) || (bare && (value.length < 20 || !/\d/.test(value)))) return null;
  return made('BEARER_TOKEN', raw, 0.9, slot, label, 'bearer-token');
};

export const readBasic: Reader = (scan, slot, label) => {
  if (slot.mode === 'near' || slot.mode === 'above') return null;
  if (!/[\s"'`]/.test(scan.text.charAt(slot.at - 1))) return null;
  const scheme = /^Basic +/i.exec(scan.text.slice(slot.at, slot.at + 8));
  const at = slot.at + (scheme?.[0].length ?? 0);
  const raw = rawValue(scan.text, { ...slot, at, quote: '' }, /[A-Za-z0-9+/=]{1,400}/y);
  const value = scan.text.slice(raw.start, raw.end);
  if (
    value.length < 8 ||
    value.length % 4 !== 0 ||
    !/[A-Z0-9]/.test(value.slice(1)) ||
    entropy(value) < 2.5
  )
    return null;
  if (
    !/authorization/i.test(scan.text.slice(Math.max(0, raw.start - 40), raw.start)) &&
    !/=$|\d/.test(value)
  )
    return null;
  return made('BASIC_AUTH', raw, 0.9, slot, label, 'basic-auth');
};

export const readCookie: Reader = (scan, slot, label) => {
  if (slot.mode === 'near' || slot.mode === 'above' || slot.mode === 'plain') return null;
  const { text } = scan;
  let at = slot.at;
  const named = /^(?:[A-Za-z_.-]*(?:sess|sid|auth|token)[A-Za-z_.-]*)=/i.exec(
    text.slice(at, at + 40),
  );
  if (named !== null) at += named[0].length;
  else if (/cookie$/.test(label)) return null;
  const raw = trimEnd(
    text,
    rawValue(
      text,
      { ...slot, at, quote: named === null ? slot.quote : '' },
      /[^\s"'`<>,;&]{1,400}/y,
    ),
    /[.:)\]]/,
  );
  const value = text.slice(raw.start, raw.end);
  if (
    value.length < 12 ||
    !/\d/.test(value) ||
    !/[A-Za-z]/.test(value) ||
    isPlaceholder(value) ||
    !randomEnough(value)
  )
    return null;
  if (!/^[A-Za-z0-9%._~+/=:-]+$/.test(value)) return null;
  return made('SESSION_COOKIE', raw, 0.87, slot, label, 'session-cookie');
};

const USER = /@?[A-Za-z0-9][A-Za-z0-9._-]{1,38}[A-Za-z0-9_](?![A-Za-z0-9@(/]|\.[A-Za-z])/y;
const NO_USER =
  /^(?:the|a|an|is|was|are|in|on|at|to|of|and|or|for|with|who|that|this|has|have|can|will|should|must|may|name|names|id|ids|not|interface|input|account|accounts|data|agent|space|group|groups|mode|defined|error|errors|guide|manual|experience|story|stories|friendly|level|table|profile|none|null|true|false|string|required|optional|unknown|anonymous|default|system|page|form|screen|button|session|shell|attempt|failed|successful|request|from|und|oder|der|die|das|et|ou|le|la|les|el|los|email|e-mail|password|passwd|user|users|username|field|value|type|text|invalid|valid|missing|example|sample|test|admin|administrator|root|guest|nobody|www-data|localhost|here|below|above|as|by|if|when|you|your|we|they|it|must|cannot|does)$/i;

/** Constants, keywords and members of programs stand where login names do. */
function isCodeWord(text: string, value: string, slot: Slot, label: string): boolean {
  if (
    /^(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|0x[0-9a-f]+|[A-Z]+-\d{4}-\d+|\d+\.\d+.*|\d\.\..*)$/.test(value)
  )
    return true;
  if (
    /^(?:function|new|this|self|return|gensym|option|options|where|did|now|NOTE|NULL|first|last|id|net\d)$/.test(
      value,
    )
  )
    return true;
  if (slot.mode === 'above' && (slot.quote !== '' || /[a-z][A-Z]|^[a-z]+_[a-z_]+$|^@/.test(value)))
    return true;
  if (/->$/.test(text.slice(Math.max(0, slot.at - 2), slot.at))) return true;
  return /^(?:alias|handle|uid)$/.test(label) && !/\d/.test(value);
}

export const readUsername: Reader = (scan, slot, label) => {
  if (slot.mode === 'near') return null;
  const { text } = scan;
  USER.lastIndex = slot.at;
  const match = USER.exec(text);
  if (match === null) return null;
  const raw = trimEnd(
    text,
    { start: slot.at, end: slot.at + match[0].length, quoted: false },
    /[.\-\\]/,
  );
  if (slot.limit >= 0 && raw.end > slot.limit) return null;
  const value = text.slice(raw.start, raw.end);
  if (value.length < 3 || NO_USER.test(value) || isPlaceholder(value)) return null;
  // A serial number of a class or the identity of an object is nobody's account.
  if (/^uid$/.test(label) && /^(?:\d{9,}L?|[0-9a-f]{8}-[0-9a-f]{4}-.*)$/i.test(value)) return null;
  if (!/[\s"'`:=|>(@\\“„,;]/.test(text.charAt(slot.at - 1))) return null;
  const distinct = /\d|[._-]|^@/.test(value.slice(0, -1)) || /\d$/.test(value);
  if (isCodeWord(text, value, slot, label)) return null;
  const field = slot.mode === 'field' || slot.mode === 'cell';
  const whole =
    slot.quote !== '' ||
    /[\s,;|<&]|$/.test(text.charAt(raw.end) === '' ? ' ' : text.charAt(raw.end));
  if (!field && !distinct && slot.quote === '') {
    if (
      !/logged in as|log in as|signed in as|connecte|angemeldet|for user|invalid user|accepted/.test(
        label,
      )
    )
      return null;
  }
  if (
    slot.mode === 'above' &&
    !distinct &&
    !/^[a-z]{5,20}[ \t]*(?:\r?\n|$)/.test(text.slice(slot.at, slot.at + 24))
  )
    return null;
  if (/^\d+$/.test(value) && !/user|login|benutzer|utilis/.test(label)) return null;
  if (!field && /^(?:utf|iso|sha|rfc|ipv?)-?\d/i.test(value)) return null;
  if (
    field &&
    !distinct &&
    slot.quote === '' &&
    slot.mode !== 'cell' &&
    // `user=jdoe ip=10.0.0.1`: pairs of a log line
    text.charAt(slot.at - 1) !== '=' &&
    /^ [a-z]/.test(text.slice(raw.end, raw.end + 2))
  )
    return null;
  if (!whole) return null;
  if (/^(?:account|alias|owner|actor|operator|by user)$/.test(label) && !distinct) return null;
  return made('USERNAME', raw, field ? (distinct ? 0.84 : 0.74) : 0.7, slot, label, 'user-name');
};
