import { equalBytes, fromHex, toHex } from '../../proof/bytes.ts';
import { isCanonical } from '../../proof/canonical.ts';
import { rootFromInclusion } from '../../proof/proofs.ts';
import { CompactRange } from '../../proof/tree.ts';
import { count, hashes, hashOf } from './bundle-fields.ts';
import { type Line, Malformed } from './bundle-lines.ts';
import type { Findings } from './findings.ts';
import { TIME } from './format.ts';
import { leafHexOfText, nodeTreeHasher } from './hash.ts';
import { LogEvents } from './log-events.ts';
import { parseEvent } from './row-check.ts';

/** UTF-8 bytes of a body that is parsed at all, as in a log. */
const MAX_BODY = 65_536;

interface Tree {
  size: bigint;
  root: Uint8Array;
  /** The bundle claims to hold every row of the tree. */
  complete: boolean;
}

/** The events of a bundle against its signed tree: order, proofs, and what a row must be. */
export class BundleRows {
  readonly #findings: Findings;
  readonly #hasher = nodeTreeHasher();
  readonly #log: LogEvents;
  readonly #tree = new CompactRange(this.#hasher);
  readonly #anchored: bigint | null;
  #anchorRoot: Uint8Array | null = null;
  #last = -1;
  #lastTs = '';
  count = 0;

  /** With `anchored`, the root at this size is kept if the rows lead there from the first one. */
  constructor(findings: Findings, anchored: bigint | null) {
    this.#findings = findings;
    this.#anchored = anchored;
    this.#log = new LogEvents(findings);
  }

  /** Root of the first rows at the size of the anchor; null unless the rows are the whole tree. */
  anchorRoot({ size, root }: Omit<Tree, 'complete'>): Uint8Array | null {
    const whole = BigInt(this.#tree.size) === size && equalBytes(this.#tree.root(), root);
    return whole ? this.#anchorRoot : null;
  }

  /** `rotations`: the rows of the changes of key that the bundle tells of. */
  event(line: Line, tree: Tree, rotations: ReadonlySet<number>): void {
    const seq = count(line, 'seq');
    const leaf = hashOf(line['leaf'], 'leaf');
    const proof = hashes(line, 'proof');
    const { body } = line;
    if (body !== null && typeof body !== 'string') throw new Malformed('body');
    if (seq <= this.#last) this.#findings.add('EXPORT_ORDER', { index: seq });
    if (tree.complete && seq !== this.#last + 1) {
      this.#findings.add('EXPORT_INCOMPLETE', { index: this.#last + 1 });
    }
    if (body === null) this.#log.noBody(seq);
    else this.#body(seq, body, leaf, rotations);
    const claim = { index: BigInt(seq), size: tree.size, leafHash: leaf, proof };
    const root = rootFromInclusion(this.#hasher, claim);
    if (root === null || !equalBytes(root, tree.root)) {
      this.#findings.add('PROOF_INVALID', { index: seq });
    }
    if (seq === this.#tree.size) this.#tree.append(leaf);
    if (BigInt(this.#tree.size) === this.#anchored) this.#anchorRoot = this.#tree.root();
    this.#last = seq;
    this.count += 1;
  }

  /** The same as of a row of a log: what is signed may still be no record that a writer makes. */
  #body(seq: number, body: string, leaf: Uint8Array, rotations: ReadonlySet<number>): void {
    const genuine = leafHexOfText(body) === toHex(leaf);
    if (!genuine) this.#findings.add('LEAF_MISMATCH', { index: seq });
    const event = Buffer.byteLength(body) > MAX_BODY ? null : parseEvent(body);
    if (event === null) {
      this.#findings.add('NOT_CANONICAL', { index: seq });
      return;
    }
    if (event.seq !== seq) this.#findings.add('SEQ_MISMATCH', { index: seq });
    if (!isCanonical(body, event) || !TIME.test(event.ts)) {
      this.#findings.add('NOT_CANONICAL', { index: seq });
    }
    if (!genuine) return;
    if (event.ts < this.#lastTs) this.#findings.add('TIME_REGRESSION', { index: seq });
    this.#lastTs = event.ts;
    this.#log.see(seq, event);
    // Else an old key would sign for the rest.
    if (event.type === 'log.key_rotate' && !rotations.has(seq)) {
      this.#findings.add('ROTATION_INVALID', { index: seq });
    }
  }

  /** Call after the last line. Only among all rows would an event that allowed a removal be found. */
  finish(complete: boolean): void {
    if (complete) this.#log.finish();
  }
}

/** Whether the row of a change of key is in the tree of its own checkpoint. */
export function isInTree(
  seq: number,
  body: string,
  proof: Uint8Array[],
  root: Uint8Array,
): boolean {
  const found = rootFromInclusion(nodeTreeHasher(), {
    index: BigInt(seq),
    size: BigInt(seq + 1),
    leafHash: fromHex(leafHexOfText(body))!,
    proof,
  });
  return found !== null && equalBytes(found, root);
}
