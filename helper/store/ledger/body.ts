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
    if (item === undefined && !Array.isArray(value)) continue;
    checkJson(item, `${path}.${key}`, depth + 1);
  }
}

/** The canonical body text (RFC 8785). Throws INPUT_INVALID when it is too large or not JSON. */
export function encodeBody(draft: EventDraft, log: LogFields, stamp: Stamp): string {
  const body = bodyOf(draft, log, stamp);
  const form = formOf(body, 0);
  if (form === 'none') checkJson(body, draft.type);
  // The serialiser of the platform keeps the order of keys: where they are sorted it writes the
  // canonical form, several times as fast.
  const text = form === 'sorted' ? JSON.stringify(body) : canonicalize(body);
  const bytes = byteLength(text);
  if (bytes > MAX_DATA && byteLength(canonicalize(draft.data ?? {})) > MAX_DATA) {
    throw invalid(`The data of this event exceeds ${MAX_DATA} bytes.`);
  }
  if (bytes > MAX_BODY) throw invalid(`This event exceeds ${MAX_BODY} bytes.`);
  return text;
}

/** Keys in canonical order; what the draft leaves out is absent. */
function bodyOf(draft: EventDraft, log: LogFields, stamp: Stamp): JsonObject {
  const { actor, budget, cage, pii, policy, result } = draft;
  const body: JsonObject = { actor: { id: actor.id, type: actor.type } };
  const put = (key: string, value: Json | undefined): void => {
    if (value !== undefined) body[key] = value;
  };
  put('args_hmac', draft.argsHmac);
  body['boot'] = stamp.boot;
  if (budget !== undefined) {
    const { before, delta, limit } = budget;
    body['budget'] = { before, delta, limit };
  }
  if (cage !== undefined) body['cage'] = { features: [...cage.features], mode: cage.mode };
  put('data', draft.data);
  put('expects', draft.expects);
  body['id'] = stamp.id;
  put('intent', draft.intent);
  body['mono'] = stamp.mono;
  put('parent', draft.parent);
  if (pii !== undefined) {
    body['pii'] = { counts: { ...pii.counts }, direction: pii.direction };
  }
  if (policy !== undefined) {
    const { decision, digest, id, rule, version } = policy;
    body['policy'] = { decision, digest, id, rule, version };
  }
  if (log.prune !== undefined) body['prune'] = [...log.prune];
  if (result !== undefined) body['result'] = resultOf(result);
  put('rotate', log.rotate);
  put('run', draft.run);
  body['salt'] = stamp.salt;
  put('seal', log.seal);
  body['seq'] = stamp.seq;
  put('step', draft.step);
  put('subject', draft.subject);
  body['ts'] = stamp.ts;
  body['type'] = draft.type;
  body['v'] = 1;
  return body;
}

function resultOf(value: { status: string; code?: string; ms?: number }): JsonObject {
  const out: JsonObject = {};
  if (value.code !== undefined) out['code'] = value.code;
  if (value.ms !== undefined) out['ms'] = value.ms;
  out['status'] = value.status;
  return out;
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

/** RFC 9562 version 7: 48 bits of Unix milliseconds, then random. */
export function uuid7(ms: number, random: (bytes: number) => string): string {
  const time = ms.toString(16).padStart(12, '0');
  const r = random(10);
  const variant = ((Number.parseInt(r[3]!, 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${r.slice(0, 3)}-${variant}${r.slice(4, 7)}-${r.slice(7, 19)}`;
}
