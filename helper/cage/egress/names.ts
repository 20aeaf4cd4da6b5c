import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';

const NAME = /^[a-z0-9._-]{1,253}$/;
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/;

/**
 * The one spelling of a host name, or null. ASCII letters, digits, `.`, `_`, `-`; at least one dot;
 * one trailing dot is dropped. A last label that is a number (decimal, octal or hex) is refused,
 * because resolvers read such names as addresses. The IDNA form must equal the name.
 */
export function canonicalHost(raw: string): string | null {
  const lower = raw.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const name = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  if (!NAME.test(name) || !name.includes('.')) return null;
  const labels = name.split('.');
  if (labels.some((label) => label === '' || label.length > 63)) return null;
  if (NUMERIC_LABEL.test(labels.at(-1)!)) return null;
  return domainToASCII(name) === name ? name : null;
}

/** A loopback address written as itself (`127.0.0.1`, `::1`); nothing that is only equal to one. */
export function literalLoopback(host: string): string | null {
  if (isIPv4(host) && /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)) return host;
  return host === '::1' && isIP(host) === 6 ? host : null;
}

export interface Authority {
  host: string;
  port: number;
}

/** `host:port` of a CONNECT line. Exactly that text: no user, brackets, percent, spaces. */
export function parseAuthority(raw: string): Authority | null {
  const match = /^([A-Za-z0-9._-]{1,254}):([1-9][0-9]{0,4})$/.exec(raw);
  if (match === null) return null;
  const host = canonicalHost(match[1]!);
  const port = Number(match[2]);
  return host === null || port > 65_535 ? null : { host, port };
}
