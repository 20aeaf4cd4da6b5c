/** Codes of the published list, and INPUT_UNREADABLE for the verifier's own inputs (exit 2). */
export type FindingCode =
  | 'LOG_MISSING'
  | 'SYMLINK'
  | 'PERMISSIONS'
  | 'DB_CORRUPT'
  | 'SCHEMA_MISMATCH'
  | 'INDEX_GAP'
  | 'LEAF_MISMATCH'
  | 'NOT_CANONICAL'
  | 'SEQ_MISMATCH'
  | 'COLUMN_MISMATCH'
  | 'TIME_REGRESSION'
  | 'UNAUTHORISED_PRUNE'
  | 'TILE_MISMATCH'
  | 'HEAD_MISMATCH'
  | 'NO_CHECKPOINT'
  | 'NOTE_MALFORMED'
  | 'SIG_INVALID'
  | 'SIG_UNTRUSTED_KEY'
  | 'ORIGIN_MISMATCH'
  | 'ROOT_MISMATCH'
  | 'TRUNCATED'
  | 'CHECKPOINT_MISSING'
  | 'UNSEALED_TAIL'
  | 'ROLLBACK'
  | 'FORK'
  // Of exports:
  | 'EXPORT_MALFORMED'
  | 'EXPORT_ORDER'
  | 'EXPORT_INCOMPLETE'
  | 'EXPORT_DIGEST'
  | 'PROOF_INVALID'
  | 'ROTATION_INVALID'
  // Of a folder of receipts:
  | 'RECEIPT_MISSING'
  | 'INPUT_UNREADABLE';

export interface Finding {
  code: FindingCode;
  index?: number;
  level?: number;
  after?: number;
  upto?: number;
  detail?: string;
}

/** Findings listed before the rest is only counted; the first of each code is always listed. */
export const MAX_FINDINGS = 50;

/** Findings in order of detection, bounded in number whatever the damage. */
export class Findings {
  readonly #list: Finding[] = [];
  readonly #codes = new Set<FindingCode>();
  #left = 0;

  add(code: FindingCode, more: Omit<Finding, 'code'> = {}): void {
    if (this.#list.length >= MAX_FINDINGS && this.#codes.has(code)) {
      this.#left += 1;
      return;
    }
    this.#codes.add(code);
    this.#list.push({ code, ...clipped(more) });
  }

  has(code: FindingCode): boolean {
    return this.#codes.has(code);
  }

  get list(): readonly Finding[] {
    return this.#list;
  }

  /** Findings beyond the listed ones. */
  get left(): number {
    return this.#left;
  }
}

/** JSON has no infinity, and a level out of a hostile file may lead there. */
function clipped(more: Omit<Finding, 'code'>): Omit<Finding, 'code'> {
  const out = { ...more };
  for (const key of ['index', 'level', 'after', 'upto'] as const) {
    const value = out[key];
    if (value === undefined || Number.isFinite(value)) continue;
    out[key] = value > 0 ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER;
  }
  return out;
}
