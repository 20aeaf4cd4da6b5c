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

/** Integers, text, booleans, null, lists and objects; depth bounded. */
function checkJson(value: Json | undefined, path: string, depth = 0): void {
  if (depth > 12) throw invalid(`${path} is nested too deeply.`);
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid(`${path} is not valid Unicode.`);
    return;
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw invalid(`${path} is not a whole number.`);
    return;
  }
  if (typeof value !== 'object') throw invalid(`${path} has no JSON form.`);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined && !Array.isArray(value)) continue;
    checkJson(item, `${path}.${key}`, depth + 1);
  }
}

/** The canonical body text (RFC 8785). Throws INPUT_INVALID when it is too large or not JSON. */
export function encodeBody(draft: EventDraft, log: LogFields, stamp: Stamp): string {
  const body: JsonObject = {
    v: 1,
    seq: stamp.seq,
    id: stamp.id,
    salt: stamp.salt,
    ts: stamp.ts,
    boot: stamp.boot,
    mono: stamp.mono,
    type: draft.type,
    actor: { type: draft.actor.type, id: draft.actor.id },
  };
  if (draft.run !== undefined) body['run'] = draft.run;
  if (draft.step !== undefined) body['step'] = draft.step;
  if (draft.parent !== undefined) body['parent'] = draft.parent;
  if (draft.subject !== undefined) body['subject'] = draft.subject;
  if (draft.policy !== undefined) body['policy'] = { ...draft.policy };
  if (draft.budget !== undefined) body['budget'] = { ...draft.budget };
  if (draft.pii !== undefined) {
    body['pii'] = { direction: draft.pii.direction, counts: { ...draft.pii.counts } };
  }
  if (draft.argsHmac !== undefined) body['args_hmac'] = draft.argsHmac;
  if (draft.result !== undefined) body['result'] = definedOnly(draft.result);
  if (draft.cage !== undefined) {
    body['cage'] = { mode: draft.cage.mode, features: [...draft.cage.features] };
  }
  if (draft.intent !== undefined) body['intent'] = draft.intent;
  if (draft.expects !== undefined) body['expects'] = draft.expects;
  if (draft.data !== undefined) body['data'] = draft.data;
  if (log.seal !== undefined) body['seal'] = log.seal;
  if (log.prune !== undefined) body['prune'] = [...log.prune];
  if (log.rotate !== undefined) body['rotate'] = log.rotate;
  checkJson(body, draft.type);
  if (draft.data !== undefined && byteLength(canonicalize(draft.data)) > MAX_DATA) {
    throw invalid(`The data of this event exceeds ${MAX_DATA} bytes.`);
  }
  const text = canonicalize(body);
  if (byteLength(text) > MAX_BODY) throw invalid(`This event exceeds ${MAX_BODY} bytes.`);
  return text;
}

function definedOnly(value: { status: string; code?: string; ms?: number }): JsonObject {
  const out: JsonObject = { status: value.status };
  if (value.code !== undefined) out['code'] = value.code;
  if (value.ms !== undefined) out['ms'] = value.ms;
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
