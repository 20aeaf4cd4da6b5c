import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Appended, EventDraft } from './port.ts';

export interface Known extends Appended {
  type: string;
}

/** More than twice what may wait for a commit, so the older half is always written. */
const KEEP = 120_000;

/**
 * Event ids given by callers since this open. Older ones are in the search index, which need only
 * have caught up to `floor` rows for the two to know every id.
 */
export class SeenIds {
  readonly #ids = new Map<string, Promise<Known>>();
  floor: number;

  constructor(floor: number) {
    this.floor = floor;
  }

  find(id: string): Promise<Known> | null {
    return this.#ids.get(id) ?? null;
  }

  add(id: string, type: string, done: Promise<Appended>, size: number): void {
    if (this.#ids.size >= KEEP) this.#forgetWritten(size);
    const known = done.then((appended) => ({ ...appended, type }));
    // A failed append is not written: its id may be tried again.
    known.catch(() => this.#ids.delete(id));
    this.#ids.set(id, known);
  }

  /** Ids still waiting for their commit stay: the newest half always holds them. */
  #forgetWritten(size: number): void {
    let drop = KEEP / 2;
    for (const id of this.#ids.keys()) {
      if (drop-- === 0) break;
      this.#ids.delete(id);
    }
    this.floor = size;
  }
}

/** The first writing stands. Throws CONFLICT when the same id names another kind of event. */
export function duplicateOf(known: Known, draft: EventDraft): Appended {
  if (known.type !== draft.type) {
    throw new AkiosError('CONFLICT', 'This event id already names another event.', {
      hint: 'Give every event its own id; repeat an id only to retry the same event.',
      details: { seq: known.seq, type: known.type },
    });
  }
  return { seq: known.seq, id: known.id, ts: known.ts, duplicate: true };
}
