/** Reads the value of a password or passphrase at the place a label points at. */
import type { Reader } from '../context/match.ts';
import type { Slot } from '../context/slots.ts';
import type { Scan } from '../scan/scan.ts';
import { isExpression, isPlaceholder, kinds, made, type Raw, rawValue, trimEnd } from './raw.ts';

const PASSWORD_RUN = /[^\s<>"`]{1,200}/y;

/** `passphrase: four words` runs to the end of the line. */
function phrase(text: string, slot: Slot, label: string): Raw | null {
  if (
    !/phrase/.test(label) ||
    slot.quote !== '' ||
    (slot.mode !== 'field' && slot.mode !== 'above')
  )
    return null;
  const re = /[a-z]{2,12}(?:[ -][a-z]{2,12}){2,7}(?=[ .\t]{0,16}(?:\n|\r|$|["',;]))/y;
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
