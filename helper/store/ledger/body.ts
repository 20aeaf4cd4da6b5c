import { randomFillSync } from 'node:crypto';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { canonicalize } from '../../../shared/proof/canonical.ts';
import type { EventDraft } from './port.ts';

export const MAX_BODY = 16_384;
export const MAX_DATA = 8_192;
const TYPE = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+){0,5}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What the writer alone may add to an event: the fields a verifier acts on. */
export interface LogFields {
  seal?: number;
  prune?: [number, number];
  /** The next vkey, in `log.key_rotate`. */
  rotate?: string;
}

export interface Stamp {
  seq: number;
  id: string;
  ts: string;
  salt: string;
  boot: string;
  mono: string;
}

function invalid(message: string): AkiosError {
  return new AkiosError('INPUT_INVALID', message, {
    hint: 'Log content by digest and size when it is large, and amounts as whole micro-dollars.',
  });
}

/** Throws INPUT_INVALID for a draft that cannot be a ledger row. `log.*` belongs to the writer. */
export function checkDraft(draft: EventDraft): void {
  if (!TYPE.test(draft.type) || draft.type.length > 64)
    throw invalid('The event type is not a dotted name.');
  if (draft.type.startsWith('log.'))
    throw invalid('Events of the log itself are written by the log.');
  if (draft.id !== undefined && !UUID.test(draft.id))
    throw invalid('The event id is not a UUIDv7.');
  for (const seq of [draft.parent, draft.intent]) {
    if (seq !== undefined && !(Number.isSafeInteger(seq) && seq >= 0))
      throw invalid('Not a sequence number.');
  }
}

const MAX_DEPTH = 12;

/** A date and its like: the platform would write something else than its fields. */
function speaksForItself(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** What `checkJson` says, in one pass and without words; `sorted`: keys are in canonical order. */
function formOf(value: Json | undefined, depth: number): 'none' | 'sorted' | 'unsorted' {
  if (depth > MAX_DEPTH) return 'none';
  if (typeof value === 'string') return value.isWellFormed() ? 'sorted' : 'none';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'sorted' : 'none';
  if (value === null || typeof value === 'boolean') return 'sorted';
  if (typeof value !== 'object' || speaksForItself(value)) return 'none';
  let form: 'sorted' | 'unsorted' = 'sorted';
  const see = (item: Json | undefined): boolean => {
    const inner = formOf(item, depth + 1);
    if (inner === 'unsorted') form = 'unsorted';
    return inner !== 'none';
  };
  if (Array.isArray(value)) return value.every(see) ? form : 'none';
  let last = '';
  for (const key of Object.keys(value)) {
    if (key < last || !key.isWellFormed()) form = 'unsorted';
    last = key;
    const item = value[key];
    if (item !== undefined && !see(item)) return 'none';
  }
  return form;
}

/** Integers, text, booleans, null, lists and objects; depth bounded. */
function checkJson(value: Json | undefined, path: string, depth = 0): void {
  if (depth > MAX_DEPTH) throw invalid(`${path} is nested too deeply.`);
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid(`${path} is not valid Unicode.`);
    return;
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw invalid(`${path} is not a whole number.`);
    return;
  }
  if (typeof value !== 'object' || speaksForItself(value)) {
    throw invalid(`${path} has no JSON form.`);
  }
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) throw invalid(`A key in ${path} is not valid Unicode.`);
    if (item === undefined && !Array.isArray(value)) continue;
    checkJson(item, `${path}.${key}`, depth + 1);
  }
}

/** The canonical body text (RFC 8785). Throws INPUT_INVALID when it is too large or not JSON. */
export function encodeBody(draft: EventDraft, log: LogFields, stamp: Stamp): string {
  const body = bodyOf(draft, log, stamp);
  const text = quickText(draft, body) ?? carefulText(draft, body);
  const bytes = byteLength(text);
  if (bytes > MAX_DATA && byteLength(canonicalize(draft.data ?? {})) > MAX_DATA) {
    throw invalid(`The data of this event exceeds ${MAX_DATA} bytes.`);
  }
  if (bytes > MAX_BODY) throw invalid(`This event exceeds ${MAX_BODY} bytes.`);
  return text;
}

/**
 * The serialiser of the platform keeps the order of keys: where they are sorted it writes the
 * canonical form, several times as fast. It writes a lone surrogate as an escape, which is then
 * looked for in the whole text instead of in each of its strings. Null where more care is needed.
 */
function quickText({ budget, data, pii, result }: EventDraft, body: object): string | null {
  if (data !== undefined && formOf(data, 1) !== 'sorted') return null;
  if (pii !== undefined && formOf(pii.counts, 2) !== 'sorted') return null;
  const numbers = [budget?.before, budget?.delta, budget?.limit, result?.ms];
  if (!numbers.every((n) => n === undefined || Number.isSafeInteger(n))) return null;
  const text = JSON.stringify(body);
  return text.includes('\\ud') ? null : text;
}

/** Says what has no JSON form, or sorts. */
function carefulText({ type }: EventDraft, body: object): string {
  checkJson(body as JsonObject, type);
  return canonicalize(body);
}

/** Keys in canonical order; what the draft leaves out is undefined and so not written. */
function bodyOf(draft: EventDraft, log: LogFields, stamp: Stamp): object {
  const { actor, budget, cage, pii, policy, result } = draft;
  return {
    actor: { id: actor.id, type: actor.type },
    args_hmac: draft.argsHmac,
    boot: stamp.boot,
    budget: budget && { before: budget.before, delta: budget.delta, limit: budget.limit },
    cage: cage && { features: [...cage.features], mode: cage.mode },
    data: draft.data,
    expects: draft.expects,
    id: stamp.id,
    intent: draft.intent,
    mono: stamp.mono,
    parent: draft.parent,
    pii: pii && { counts: { ...pii.counts }, direction: pii.direction },
    policy: policy && {
      decision: policy.decision,
      digest: policy.digest,
      id: policy.id,
      rule: policy.rule,
      version: policy.version,
    },
    prune: log.prune && [...log.prune],
    result: result && { code: result.code, ms: result.ms, status: result.status },
    rotate: log.rotate,
    run: draft.run,
    salt: stamp.salt,
    seal: log.seal,
    seq: stamp.seq,
    step: draft.step,
    subject: draft.subject,
    ts: stamp.ts,
    type: draft.type,
    v: 1,
  };
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Random bytes in 4 KiB gulps: one system call for 256 salts instead of one each. */
export class RandomPool {
  readonly #pool = Buffer.alloc(4096);
  #at = this.#pool.length;

  hex(bytes: number): string {
    if (this.#at + bytes > this.#pool.length) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    this.#at += bytes;
    const text = this.#pool.toString('hex', this.#at - bytes, this.#at);
    // A salt that stays in memory would undo the erasure of a pruned body.
    this.#pool.fill(0, this.#at - bytes, this.#at);
    return text;
  }
}

export interface Moment {
  /** UTC with milliseconds, fixed width. */
  iso: string;
  /** How a UUID version 7 (RFC 9562) of this moment begins: 48 bits of Unix milliseconds. */
  uuid: string;
}

/** The texts of the millisecond that was asked for last: the events of a batch share one. */
export function momentTexts(): (ms: number) => Moment {
  let last = Number.NaN;
  let texts: Moment = { iso: '', uuid: '' };
  return (ms) => {
    if (ms === last) return texts;
    const hex = ms.toString(16).padStart(12, '0');
    texts = {
      iso: new Date(ms).toISOString(),
      uuid: `${hex.slice(0, 8)}-${hex.slice(8)}-7`,
    };
    last = ms;
    return texts;
  };
}

/** `random`: 19 random hex digits or more. */
export function uuid7({ uuid }: Moment, random: string): string {
  const variant = ((Number.parseInt(random[3]!, 16) & 3) | 8).toString(16);
  return `${uuid}${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}
