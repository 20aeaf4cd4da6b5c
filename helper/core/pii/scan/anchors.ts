/** Searches that start at a rare character and walk outwards with hard caps: e-mail, +phones, IPv6. */
import type { Candidate, TypeSpec } from '../model.ts';
import { CLASS, DIGIT, isAlnum, LOWER, UPPER } from './chars.ts';
import { type Scan, triggered } from './scan.ts';

const LOCAL_MAX = 64;
const DOMAIN_MAX = 255;

function isLocal(c: number): boolean {
  const k = CLASS[c]!;
  if (k === LOWER || k === UPPER || k === DIGIT) return true;
  // ! # $ % & ' * + - . / = ? ^ _ ` { | } ~ without those that usually quote or separate
  return (
    c === 46 ||
    c === 95 ||
    c === 43 ||
    c === 45 ||
    c === 37 ||
    c === 38 ||
    c === 33 ||
    c === 35 ||
    c === 36 ||
    c === 126 ||
    c === 94
  );
}

function isDomain(c: number): boolean {
  const k = CLASS[c]!;
  return k === LOWER || k === UPPER || k === DIGIT || c === 46 || c === 45;
}

/** Files that look like a top-level domain after a retina suffix: `icon@2x.png`. */
const FILE_SUFFIX =
  /\.(?:png|jpe?g|gif|svg|webp|js|ts|css|py|java|rb|go|rs|md|html?|json|ya?ml|service|timer|socket|target|mount)$/i;

function emailAt(text: string, at: number): Candidate | null {
  let start = at;
  const low = Math.max(0, at - LOCAL_MAX);
  if (text.charCodeAt(at - 1) === 34) return quotedLocal(text, at);
  while (start > low && isLocal(text.charCodeAt(start - 1))) start--;
  while (start < at && !isAlnum(text.charCodeAt(start)) && text.charCodeAt(start) !== 95) start++;
  if (start === at || text.charCodeAt(at - 1) === 46) return null;
  const end = domainEnd(text, at + 1);
  if (end < 0) return null;
  // `user:pass@host` belongs to the URL scanner; `git@host:path` is a service, not a person.
  return { start, end, type: 'EMAIL', score: 0.95, checked: false, evidence: ['email'] };
}

function quotedLocal(text: string, at: number): Candidate | null {
  let open = at - 2;
  while (open > at - LOCAL_MAX && open > 0 && text.charCodeAt(open) !== 34) open--;
  if (open < 0 || text.charCodeAt(open) !== 34 || text.slice(open, at).includes('\n')) return null;
  const end = domainEnd(text, at + 1);
  if (end < 0 || at - open < 3) return null;
  return {
    start: open,
    end,
    type: 'EMAIL',
    score: 0.8,
    checked: false,
    evidence: ['email-quoted'],
  };
}

/** End of a domain with a plausible last label, or -1. */
function domainEnd(text: string, from: number): number {
  if (text.charCodeAt(from) === 91) {
    const literal = /\[(?:IPv6:)?[0-9A-Fa-f:.]{3,45}\]/y;
    literal.lastIndex = from;
    const match = literal.exec(text);
    return match === null ? -1 : from + match[0].length;
  }
  let end = from;
  const high = Math.min(text.length, from + DOMAIN_MAX);
  while (end < high && isDomain(text.charCodeAt(end))) end++;
  while (end > from && !isAlnum(text.charCodeAt(end - 1))) end--;
  const domain = text.slice(from, end);
  const dot = domain.lastIndexOf('.');
  if (dot < 1 || domain.includes('..') || !isAlnum(domain.charCodeAt(0))) return -1;
  const top = domain.slice(dot + 1);
  if (
    !/^(?:[A-Za-z\u00a1-\uffff]{2,24}|xn--[A-Za-z0-9-]{2,59})$/.test(top) ||
    FILE_SUFFIX.test(domain)
  )
    return -1;
  return end;
}

function scanEmails(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const found = emailAt(text, at);
    if (found !== null) scan.found.push(found);
  }
}

function scanPhones(scan: Scan, phone: TypeSpec): void {
  const { text } = scan;
  const international = phone.rules[0]!;
  const bracket = ['phone-us-paren', 'phone-uk', 'phone-de'].map(
    (id) => phone.rules.find((r) => r.id === id)!,
  );
  const attempt = (at: number, rules: readonly TypeSpec['rules'][number][]): void => {
    for (const rule of rules) {
      rule.re.lastIndex = at;
      const match = rule.re.exec(text);
      if (match === null || rule.check?.(match[0]) === false) continue;
      scan.found.push({
        start: at,
        end: at + match[0].length,
        type: 'PHONE',
        score: rule.base ?? 0.6,
        checked: false,
        evidence: [rule.id],
      });
      return;
    }
  };
  for (let at = text.indexOf('+'); at >= 0; at = text.indexOf('+', at + 1)) {
    if (CLASS[text.charCodeAt(at + 1)] !== DIGIT || isAlnum(text.charCodeAt(at - 1))) continue;
    attempt(at, [international]);
  }
  for (let at = text.indexOf('('); at >= 0; at = text.indexOf('(', at + 1)) {
    if (CLASS[text.charCodeAt(at + 1)] !== DIGIT || isAlnum(text.charCodeAt(at - 1))) continue;
    attempt(at, bracket);
  }
  for (let at = text.indexOf('00'); at >= 0; at = text.indexOf('00', at + 2)) {
    if (isAlnum(text.charCodeAt(at - 1)) || /[.,\-/:]/.test(text.charAt(at - 1))) continue;
    const next = text.charCodeAt(at + 2);
    if (next < 49 || next > 57) {
      if (next !== 32 || CLASS[text.charCodeAt(at + 3)] !== DIGIT) continue;
    }
    const before = scan.found.length;
    attempt(at, [international]);
    // `0033...` bare is likelier an id than a phone unless it is grouped.
    const made = scan.found[before];
    if (made !== undefined)
      made.score = /[ ./-]/.test(text.slice(made.start, made.end)) ? 0.7 : 0.5;
  }
}

const HEXISH = /[0-9A-Fa-f]/;
/** Longest run of hexadecimal digits and colons that can be an address. */
const IPV6_MAX = 45;

function isHexColon(c: number): boolean {
  const lower = c | 32;
  return (c >= 48 && c <= 58) || (lower >= 97 && lower <= 102);
}

/** Full and compressed IPv6 from `start`; times, ratios and C++ names do not qualify. */
function ipv6At(text: string, start: number, at: number): Candidate | null {
  let end = at;
  while (
    end - start <= IPV6_MAX &&
    (isHexColon(text.charCodeAt(end)) || text.charCodeAt(end) === 46)
  )
    end++;
  while (end > start && text.charCodeAt(end - 1) === 46) end--;
  if (text.charCodeAt(end - 1) === 58 && text.charCodeAt(end - 2) !== 58) end--;
  if (isAlnum(text.charCodeAt(start - 1)) || isAlnum(text.charCodeAt(end))) return null;
  const value = text.slice(start, end);
  // `2001:db8::/32`: a network, no host.
  if (!isIpv6(value) || (value.endsWith('::') && /^\/\d/.test(text.slice(end, end + 2))))
    return null;
  return { start, end, type: 'IPV6', score: 0.86, checked: false, evidence: ['ipv6'] };
}

export function isIpv6(value: string): boolean {
  const v4 = /:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(value);
  const body = v4 === null ? value : `${value.slice(0, value.length - v4[1]!.length)}0:0`;
  if (body.includes('.') || body.includes(':::')) return false;
  const halves = body.split('::');
  if (halves.length > 2) return false;
  const groups = body.split(':').filter((g) => g !== '');
  if (groups.some((g) => g.length > 4 || !HEXISH.test(g))) return false;
  if (halves.length === 1) return groups.length === 8;
  if (groups.length > 7 || groups.length < 2) return false;
  // `a::b` alone is as likely a name of a program; a real address has digits or length.
  return /\d/.test(body) && (groups.length >= 3 || groups.some((g) => g.length >= 3));
}

function scanIpv6(scan: Scan): void {
  const { text } = scan;
  let done = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    if (at < done) continue;
    const next = text.charCodeAt(at + 1);
    if (next === 32 || next === 10 || next === 47) continue;
    if (!(next === 58 || HEXISH.test(text.charAt(at + 1)))) continue;
    // All colons of one run belong to the same address, so the run is judged once.
    let start = at;
    while (start > done && at - start < IPV6_MAX && isHexColon(text.charCodeAt(start - 1))) start--;
    let end = at;
    while (isHexColon(text.charCodeAt(end))) end++;
    done = end;
    if (end - start > IPV6_MAX) continue;
    const found = ipv6At(text, start, at);
    if (found === null) continue;
    scan.found.push(found);
    done = found.end;
  }
}

const PAYPAL = /paypal\.me\/[A-Za-z0-9]{2,20}(?![A-Za-z0-9])/y;

function scanPaypal(scan: Scan): void {
  const { text } = scan;
  for (const at of triggered(scan, 'paypal')) {
    PAYPAL.lastIndex = at;
    const match = PAYPAL.exec(text);
    if (match === null) continue;
    scan.found.push({
      start: at,
      end: at + match[0].length,
      type: 'PAYPAL_ACCOUNT',
      score: 0.96,
      checked: false,
      evidence: ['paypal-me'],
    });
  }
}

export function scanAnchors(scan: Scan, phone: TypeSpec): void {
  scanEmails(scan);
  scanPaypal(scan);
  scanPhones(scan, phone);
  scanIpv6(scan);
}
