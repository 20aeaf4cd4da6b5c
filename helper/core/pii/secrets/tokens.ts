/** Reads the value of a key, token or cookie at the place a label points at. */
import { entropy } from '../check/basic.ts';
import type { Reader } from '../context/match.ts';
import type { Scan } from '../scan/scan.ts';
import { isExpression, isPlaceholder, kinds, made, rawValue, trimEnd } from './raw.ts';

const VALUE_RUN = /[^\s"'`<>,]{1,400}/y;

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
  // `auth: token=...`: the name of the next field
  if (/^[A-Za-z_.-]{2,24}=/.test(value)) return null;
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

/** `secret_key` under the key's id, or in a block of that provider. */
function besideAws(scan: Scan, raw: { start: number; end: number }): boolean {
  const around = scan.text.slice(Math.max(0, raw.start - 200), raw.end + 120);
  return /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\baws\b|amazonaws/i.test(around);
}

export const readAwsSecret: Reader = (scan, slot, label) => {
  const raw = trimEnd(scan.text, rawValue(scan.text, slot, VALUE_RUN), /[.):;\]}|]/);
  const value = scan.text.slice(raw.start, raw.end);
  if (!/^[A-Za-z0-9/+]{40}$/.test(value) || entropy(value) < 3.2) return null;
  if (!/[A-Z]/.test(value) || !/[a-z]/.test(value)) return null;
  if (
    !/aws|amazon|s3|secret ?access ?key/i.test(label) &&
    !/[/+]/.test(value) &&
    !besideAws(scan, raw)
  )
    return null;
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
  const named = /^[A-Za-z_.-]{0,40}(?:sess|sid|auth|token)[A-Za-z_.-]{0,40}=/i.exec(
    text.slice(at, at + 40),
  );
  if (named !== null) at += named[0].length;
  else if (/cookie$/.test(label) && !/sess|sitzung|sesi/.test(label)) return null;
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
