/**
 * Detectors beside the built-in one: an object in the same process, or a service over HTTP on the
 * loopback interface or a Unix socket (Presidio's analyser speaks the same form).
 */
import { request } from 'node:http';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Detection, Span } from '../../../shared/redaction/span.ts';
import { assertDetection } from '../../core/pii/merge.ts';

/** What a plugged-in detector must do. Offsets are UTF-16 units; `complete` must be literally true. */
export interface PIIDetectorProtocol {
  readonly name: string;
  detect(text: string, signal: AbortSignal): Promise<Detection>;
}

export interface BackendPolicy {
  backend: PIIDetectorProtocol;
  /** When true, absence or failure blocks the text; when false it is reported and passed over. */
  required: boolean;
  /** Milliseconds (default 5,000). */
  deadlineMs?: number;
  /** Lowest score taken from this backend (default 0.5). */
  threshold?: number;
}

const DEADLINE_MS = 5000;
const MAX_REPLY = 16_777_216;

export interface ServiceOptions {
  name: string;
  /** `http://127.0.0.1:5002/analyze`, or a path with `socketPath`. Other hosts are refused. */
  url: string;
  socketPath?: string;
  language?: string;
  /** Type names of the service -> canonical types; unknown ones keep their name, '' drops one. */
  types?: Readonly<Record<string, string>>;
  /** Presidio counts code points; false when the service counts UTF-16 units. */
  codePoints?: boolean;
}

/** Presidio's entity names. */
export const PRESIDIO_TYPES: Readonly<Record<string, string>> = {
  PERSON: 'PERSON_NAME',
  EMAIL_ADDRESS: 'EMAIL',
  PHONE_NUMBER: 'PHONE',
  IBAN_CODE: 'IBAN',
  CRYPTO: 'BTC',
  LOCATION: 'ADDRESS',
  DATE_TIME: 'DATE_TIME',
  US_DRIVER_LICENSE: 'US_DRIVER_LICENSE',
  US_PASSPORT: 'PASSPORT',
  US_BANK_NUMBER: 'BANK_ACCOUNT',
  UK_NHS: 'UK_NHS',
  IT_FISCAL_CODE: 'IT_CODICE_FISCALE',
  ES_NIF: 'ES_DNI',
  IP_ADDRESS: 'IPV4',
  MEDICAL_LICENSE: 'DEA',
  AU_MEDICARE: 'AU_MEDICARE',
  AU_TFN: 'AU_TFN',
  SG_NRIC_FIN: 'SG_NRIC',
  NRP: 'NRP',
  URL: 'URL',
};

function unavailable(name: string, reason: string): AkiosError {
  return new AkiosError(
    'REDACTION_FAILED',
    `The detector "${name}" ${reason}, so the text was blocked.`,
    {
      hint: 'Start that detector, or make it optional in the policy.',
      details: { source: name },
    },
  );
}

function isLocal(address: string): boolean {
  const url = new URL(address);
  return (
    url.protocol === 'http:' &&
    (url.hostname === '127.0.0.1' || url.hostname === 'localhost' || url.hostname === '[::1]')
  );
}

/** The name is not looked up: a hosts file must not lead unredacted text elsewhere. */
function addressOf(url: URL): string {
  return url.hostname === '[::1]' ? '::1' : '127.0.0.1';
}

function post(options: ServiceOptions, body: string, signal: AbortSignal): Promise<string> {
  const url = new URL(options.url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        method: 'POST',
        path: url.pathname,
        ...(options.socketPath === undefined
          ? { host: addressOf(url), port: url.port }
          : { socketPath: options.socketPath }),
        headers: { 'content-type': 'application/json' },
        signal,
      },
      (reply) => {
        const chunks: Buffer[] = [];
        let size = 0;
        reply.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_REPLY) outgoing.destroy(unavailable(options.name, 'answered too much'));
          else chunks.push(chunk);
        });
        reply.on('end', () =>
          reply.statusCode === 200
            ? resolve(Buffer.concat(chunks).toString('utf8'))
            : reject(unavailable(options.name, 'refused')),
        );
        reply.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Code point offsets -> UTF-16 offsets, for texts with characters beyond the first plane. */
function unitsOf(text: string): (point: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (point) => point;
  const starts: number[] = [];
  for (let i = 0; i < text.length; i += text.codePointAt(i)! > 0xffff ? 2 : 1) starts.push(i);
  starts.push(text.length);
  return (point) => starts[point] ?? -1;
}

interface ServiceFinding {
  start?: unknown;
  end?: unknown;
  entity_type?: unknown;
  score?: unknown;
}

/** A detector service; its findings are mapped to spans, anything odd is an error. */
export function createServiceBackend(options: ServiceOptions): PIIDetectorProtocol {
  if (!URL.canParse(options.url) || (options.socketPath === undefined && !isLocal(options.url))) {
    throw new AkiosError('POLICY_INVALID', 'A detector service must be on this machine.', {
      where: `pii_detectors ${options.name}`,
      hint: 'Use 127.0.0.1 or a Unix socket.',
    });
  }
  const types = options.types ?? PRESIDIO_TYPES;
  return {
    name: options.name,
    async detect(text, signal) {
      const reply = await post(
        options,
        JSON.stringify({ text, language: options.language ?? 'en' }),
        signal,
      );
      const findings: unknown = JSON.parse(reply);
      if (!Array.isArray(findings)) throw unavailable(options.name, 'gave no list');
      const unit = options.codePoints === false ? (point: number) => point : unitsOf(text);
      const spans = (findings as ServiceFinding[]).flatMap((f): Span[] => {
        const type = types[String(f.entity_type)] ?? String(f.entity_type);
        if (type === '') return [];
        return [
          {
            start: unit(Number(f.start)),
            end: unit(Number(f.end)),
            type,
            score: Number(f.score),
            source: options.name,
            evidence: [`backend:${options.name}`],
          },
        ];
      });
      return assertDetection({ spans, complete: true }, text.length, options.name);
    },
  };
}

/** Asks one backend under its deadline. Null when an optional backend failed. */
export async function askBackend(
  policy: BackendPolicy,
  text: string,
  onSkipped: (name: string) => void,
): Promise<Detection | null> {
  const { backend } = policy;
  const deadline = policy.deadlineMs ?? DEADLINE_MS;
  try {
    const detection = assertDetection(
      await withDeadline(backend, text, deadline),
      text.length,
      backend.name,
    );
    const threshold = policy.threshold ?? 0.5;
    return {
      complete: true,
      spans: detection.spans
        .filter((s) => s.score >= threshold)
        .map((s) => ({ ...s, source: backend.name })),
    };
  } catch (error) {
    if (policy.required)
      throw error instanceof AkiosError ? error : unavailable(backend.name, 'did not answer');
    onSkipped(backend.name);
    return null;
  }
}

function withDeadline(backend: PIIDetectorProtocol, text: string, ms: number): Promise<Detection> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      controller.abort();
      reject(unavailable(backend.name, 'ran out of time'));
    }, ms);
    backend
      .detect(text, controller.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
      .catch(reject);
  });
}
