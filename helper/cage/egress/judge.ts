import { isIP } from 'node:net';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { AddressClass } from './addresses.ts';
import { canonicalHost, literalLoopback } from './names.ts';
import type { EgressPolicy, EgressRule } from './port.ts';

export interface ResolvedAddress {
  address: string;
  family: number;
}
export type Resolver = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Name servers that do not answer must not hold a connection open. */
const RESOLVE_MS = 10_000;

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the resolver is too slow')), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Verdict {
  host: string;
  port: number;
  /** The only address that may be dialled. */
  address: string;
}

export interface JudgePorts {
  resolve: Resolver;
  classify(address: string): AddressClass;
}

export function denied(reason: string, host: string, port: number, hint?: string): AkiosError {
  return new AkiosError('NET_DENIED', `The way to ${host || 'that host'} is closed: ${reason}.`, {
    hint: hint ?? 'Only hosts and ports listed by name in allowed_domains can be reached.',
    details: { host, port, reason },
  });
}

/** The rule for this exact host and port; a listed parent domain does not cover its children. */
function ruleFor(policy: EgressPolicy, host: string, port: number): EgressRule | undefined {
  return policy.rules.find(
    (rule) =>
      (canonicalHost(rule.host) === host || (rule.allowPrivate === true && rule.host === host)) &&
      rule.ports.includes(port),
  );
}

/**
 * Decides one host and port under a policy: list first (no DNS for what is not listed), then one
 * resolution, then every answer. One private answer among public ones is an attack and refuses all.
 * Throws NET_DENIED. The caller dials `address` and nothing else.
 */
export async function judge(
  policy: EgressPolicy,
  host: string,
  port: number,
  ports: JudgePorts,
): Promise<Verdict> {
  const loopback = literalLoopback(host);
  if (loopback === null && canonicalHost(host) !== host) {
    throw denied('the name is not in plain form', '', port);
  }
  const rule = ruleFor(policy, host, port);
  if (rule === undefined) throw denied('the host and port are not listed', host, port);
  if (loopback !== null) {
    if (rule.allowPrivate !== true) throw denied('the address is private', host, port);
    return { host, port, address: loopback };
  }
  let answers: readonly ResolvedAddress[];
  try {
    answers = await withDeadline(ports.resolve(host), RESOLVE_MS);
  } catch (thrown) {
    throw new AkiosError('NET_DENIED', `The name ${host} could not be resolved.`, {
      hint: 'Check the name and the network of this machine.',
      details: { host, port, reason: 'not resolved' },
      cause: thrown,
    });
  }
  const [first] = answers;
  if (first === undefined) throw denied('the name has no address', host, port);
  for (const { address } of answers) {
    const kind = isIP(address) === 0 ? 'never' : ports.classify(address);
    if (kind === 'public' || (kind === 'private' && rule.allowPrivate === true)) continue;
    throw denied(
      kind === 'never' ? 'it resolves to a reserved address' : 'it resolves to a private address',
      host,
      port,
      'A private address needs its own opt-in per host; metadata addresses have none.',
    );
  }
  return { host, port, address: first.address };
}

/**
 * Splits a URL for a request of the helper. The text must equal what a parser makes of it, so that
 * no two readers see two hosts: no user, no backslash, no control character, no encoded NUL.
 */
export function judgeUrl(raw: string): { url: URL; host: string; port: number } {
  const refuse = (reason: string) => denied(reason, '', 0, 'Write https://host/path.');
  // Parsers drop line breaks and tabs in silence and read a backslash as a slash.
  if (raw.length > 8192 || /[\p{Cc} \\]/u.test(raw)) {
    throw refuse('the URL holds spaces, control characters or backslashes');
  }
  if (!URL.canParse(raw)) throw refuse('it is not a URL');
  const url = new URL(raw);
  const isLocalHttp = url.protocol === 'http:' && literalLoopback(bareHost(url)) !== null;
  if (url.protocol !== 'https:' && !isLocalHttp) throw refuse('only https leaves this machine');
  if (url.username !== '' || url.password !== '') throw refuse('the URL holds a user or password');
  const authority = /^[A-Za-z]+:\/\/([^/?#]*)/.exec(raw)?.[1] ?? '';
  const host = bareHost(url);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const spelled = authority.toLowerCase();
  const shown = host.includes(':') ? `[${host}]` : host;
  const forms = [shown, `${shown}:${port}`, `${shown}.`, `${shown}.:${port}`];
  if (!forms.includes(spelled)) throw refuse('the host is spelled in more than one way');
  if (/%00/i.test(url.search) || /%0[0ad]/i.test(url.pathname)) {
    throw refuse('the URL holds an encoded line break or NUL');
  }
  return { url, host, port };
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
