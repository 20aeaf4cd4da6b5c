/** Reads an account or login name at the place a label points at. */
import type { Reader } from '../context/match.ts';
import type { Slot } from '../context/slots.ts';
import { isPlaceholder, made, trimEnd } from './raw.ts';

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
  if (!/^(?:alias|handle|uid)$/.test(label) || /\d/.test(value)) return false;
  // `"uid": "bschneider"`, `uid=bschneider,ou=people`
  const end = slot.at + value.length;
  const named =
    slot.quote === '"' && text.charAt(end) === '"'
      ? /^[a-z]{5,20}$/.test(value)
      : /^,(?:ou|cn|dc|o)=/i.test(text.slice(end, end + 4));
  return label !== 'uid' || !named;
}

/** `(identifiant ecastaing)`: label and value alone in brackets. */
function isBracketed(text: string, end: number, at: number): boolean {
  return text.charAt(end) === ')' && /\([^\s()]{3,16} $/.test(text.slice(Math.max(0, at - 18), at));
}

/** `Log in with user pblankenship`, `machine git.example.com login hweiss` */
export const LOGS_IN =
  /(?:\b(?:log(?:ged)?[ -]?in|sign(?:ed)?[ -]?in|connect(?:ed)?|anmelden) (?:with|as|using|mit|als) (?:the |dem )?(?:user(?:name)?|login|benutzer) |\bmachine \S{1,24} login )$/i;

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
  const logsIn = LOGS_IN.test(text.slice(Math.max(0, slot.at - 40), slot.at));
  if (!field && !distinct && slot.quote === '' && !logsIn && !isBracketed(text, raw.end, slot.at)) {
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
  // `user: { id: 10442`: the row of a table, not a login.
  if (/^\d+$/.test(value) && text.slice(Math.max(0, slot.at - 12), slot.at).includes('{'))
    return null;
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
  // `done by m.delorme`: what else a program was made or changed by is no login.
  if (/[ _-](?:by|par|von|por|da|to)$/.test(label) && !/^[a-z]{1,2}[._][a-z]{3,}$|\d/.test(value))
    return null;
  if (/^(?:account|alias|owner|actor|operator|by user)$/.test(label) && !distinct) return null;
  return made('USERNAME', raw, field ? (distinct ? 0.84 : 0.74) : 0.7, slot, label, 'user-name');
};
