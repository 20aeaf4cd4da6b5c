import { equalBytes, toHex } from '../../proof/bytes.ts';
import {
  type Checkpoint,
  checkSignature,
  parseVkey,
  type SignedNote,
  type VerifierKey,
} from '../../proof/note.ts';
import { verifyConsistency } from '../../proof/proofs.ts';
import {
  count,
  hashes,
  type Stated,
  signedCheckpoint,
  statedAnchor,
  text,
} from './bundle-fields.ts';
import { type Line, Malformed } from './bundle-lines.ts';
import { BundleRows, isInTree } from './bundle-rows.ts';
import { bornOut, leadsOn } from './export-anchor.ts';
import type { Findings } from './findings.ts';
import { TIME } from './format.ts';
import { ed25519Verify, nodeTreeHasher, sha256 } from './hash.ts';
import { type Anchor, InputUnreadable, proves } from './inputs.ts';
import { type Epoch, keyAt } from './note-check.ts';
import { parseEvent } from './row-check.ts';

interface Header {
  note: SignedNote;
  checkpoint: Checkpoint;
  size: number;
  origin: string;
  total: number;
  root: string;
  rows: number;
  complete: boolean;
  filter: string;
  stated: Stated | null;
}

/** The state of one pass over a bundle: header, keys, events in order, the script, the end. */
export class BundleCheck {
  readonly #findings: Findings;
  readonly #rows: BundleRows;
  readonly #anchor: Anchor | null;
  readonly #rotations = new Set<number>();
  #epochs: Epoch[] = [];
  #header: Header | null = null;
  /** The event of the newest change of key so far. */
  #rotated = -1;
  #end: number | null = null;
  #script = false;
  #broken = false;
  #signed = false;
  anchored = false;

  constructor(findings: Findings, anchor: Anchor | null) {
    this.#findings = findings;
    this.#anchor = anchor;
    this.#rows = new BundleRows(findings, anchor?.checkpoint.size ?? null);
  }

  /** `whole`: every line was read all the same, so that what is missing can be told. */
  malformed(detail: string, whole = false): void {
    this.#broken = !whole;
    this.#findings.add('EXPORT_MALFORMED', { detail: detail.slice(0, 200) });
  }

  /** To be called after the last line: says so when no header was read. */
  begun(): void {
    if (this.#header === null) this.malformed('there is no header');
  }

  get #key(): VerifierKey {
    return this.#epochs.at(-1)!.key;
  }

  line(line: Line, trusted: VerifierKey): void {
    const kind = text(line, 'kind');
    if (this.#header === null) {
      if (kind !== 'akios-evidence') throw new Malformed('the first line is no header');
      this.#epochs = [{ after: 0, key: trusted }];
      this.#header = readHeader(line);
      return;
    }
    if (this.#end !== null) throw new Malformed('lines after the end');
    if (kind === 'end') this.#end = count(line, 'rows');
    else if (this.#script) throw new Malformed('a line between the script and the end');
    else if (kind === 'rotation') this.#rotation(line, this.#header);
    else if (kind === 'event') {
      const { size, root } = this.#header.checkpoint;
      const { complete } = this.#header;
      this.#rows.event(line, { size, root, complete }, this.#rotations);
    } else if (kind === 'verifier') this.#verifier(line);
    else throw new Malformed('a line of unknown kind');
  }

  /** The script itself is a convenience that only the receipt vouches for. */
  #verifier(line: Line): void {
    this.#script = true;
    if (text(line, 'name') !== 'verify.py') throw new Malformed('name');
    if (line['text'] !== null) text(line, 'text');
  }

  /** The next key, if row, checkpoint and both signatures bear it out; else the old one stays. */
  #rotation(line: Line, header: Header): void {
    if (this.#rows.count > 0) throw new Malformed('a change of key after events');
    const seq = count(line, 'seq');
    const later = seq > this.#rotated;
    this.#rotated = seq;
    this.#rotations.add(seq);
    const body = text(line, 'body');
    const { note, checkpoint } = signedCheckpoint(text(line, 'note'));
    const next = nextKey(body);
    const inTree = isInTree(seq, body, hashes(line, 'proof'), checkpoint.root);
    const extended = verifyConsistency(nodeTreeHasher(), {
      first: BigInt(seq + 1),
      second: header.checkpoint.size,
      firstRoot: checkpoint.root,
      secondRoot: header.checkpoint.root,
      proof: hashes(line, 'consistency'),
    });
    const good =
      later &&
      next !== null &&
      next.name === this.#key.name &&
      checkpoint.origin === next.name &&
      checkpoint.size === BigInt(seq + 1) &&
      inTree &&
      extended &&
      checkSignature(ed25519Verify, note, this.#key) === 'ok' &&
      checkSignature(ed25519Verify, note, next) === 'ok';
    if (good) this.#epochs.push({ after: seq + 1, key: next });
    else this.#findings.add('ROTATION_INVALID', { index: seq });
  }

  /** What only the whole bundle shows; throws InputUnreadable for an anchor that proves nothing. */
  finish(logDir: string | null): void {
    const header = this.#header;
    if (header === null) return;
    const { checkpoint, size } = header;
    const state = checkSignature(ed25519Verify, header.note, this.#key);
    this.#signed = state === 'ok';
    if (state === 'invalid') this.#findings.add('SIG_INVALID', { index: size });
    if (state === 'untrusted') this.#findings.add('SIG_UNTRUSTED_KEY', { index: size });
    if (checkpoint.origin !== this.#key.name || header.origin !== checkpoint.origin) {
      this.#findings.add('ORIGIN_MISMATCH', { index: size });
    }
    if (BigInt(header.total) !== checkpoint.size || header.root !== toHex(checkpoint.root)) {
      this.#findings.add('ROOT_MISMATCH', { index: size });
    }
    const rows = this.#rows.count;
    const stated = header.rows === rows && this.#end === rows;
    if (!this.#broken && (!stated || header.complete !== this.#isComplete(header))) {
      this.#findings.add('EXPORT_INCOMPLETE', { index: rows });
    }
    this.#rows.finish(this.#isComplete(header));
    this.#outside(header, logDir);
  }

  #isComplete({ size, filter }: Header): boolean {
    return this.#rows.count === size && filter === '';
  }

  #outside(header: Header, logDir: string | null): void {
    const { size, stated } = header;
    const anchor = this.#anchor;
    const tree = { size, root: header.checkpoint.root, stated };
    if (stated !== null && stated.checkpoint.origin !== this.#key.name) {
      this.#findings.add('ORIGIN_MISMATCH', { index: size });
    }
    let forked = !leadsOn(tree);
    if (anchor !== null && this.#speaks(anchor, size)) {
      // With all rows here, nothing else is needed to tell the root at the anchor's size.
      const own = this.#rows.anchorRoot(header.checkpoint);
      const same = own !== null && equalBytes(own, anchor.checkpoint.root);
      const found = own === null ? bornOut(tree, anchor, logDir) : same ? 'same' : 'fork';
      forked ||= found === 'fork';
      this.anchored = found === 'same';
      if (found === 'unknown' && anchor.checkpoint.size > BigInt(size)) {
        this.#findings.add('ROLLBACK', { index: size });
      }
    }
    if (forked) this.#findings.add('FORK', { index: 0 });
  }

  /**
   * Whether the anchor is signed by the key that was in force at its size. Signed by a later one, it
   * shows that the bundle leaves a change of key out: an old key, stolen, would sign on with that.
   */
  #speaks(anchor: Anchor, size: number): boolean {
    const at = anchor.checkpoint.size;
    if (proves(anchor, at > BigInt(size) ? this.#key : keyAt(this.#epochs, at))) return true;
    if (!anchor.proved) {
      throw new InputUnreadable('The anchor is not signed by a key of this log.');
    }
    if (at <= BigInt(size)) this.#findings.add('SIG_UNTRUSTED_KEY', { index: size });
    return true;
  }

  facts() {
    const header = this.#header;
    if (header === null) return {};
    return {
      size: header.size,
      root: toHex(header.checkpoint.root),
      ...(this.#signed ? { sealed: header.size } : {}),
      rows: this.#rows.count,
      complete: this.#isComplete(header),
      filter: header.filter,
    };
  }
}

function readHeader(line: Line): Header {
  const { note, checkpoint } = signedCheckpoint(text(line, 'note'));
  if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed('size');
  if (line['version'] !== 1) throw new Malformed('version');
  if (typeof line['complete'] !== 'boolean') throw new Malformed('complete');
  if (!TIME.test(text(line, 'at'))) throw new Malformed('at');
  const keys: unknown = line['keys'];
  const isKey = (key: unknown): boolean =>
    typeof key === 'string' && parseVkey(sha256, key) !== null;
  if (!Array.isArray(keys) || !keys.every(isKey)) throw new Malformed('keys');
  return {
    note,
    checkpoint,
    size: Number(checkpoint.size),
    origin: text(line, 'origin'),
    total: count(line, 'total'),
    root: text(line, 'root'),
    rows: count(line, 'rows'),
    complete: line['complete'],
    filter: text(line, 'filter'),
    stated: statedAnchor(line),
  };
}

function nextKey(body: string): VerifierKey | null {
  const found = parseEvent(body);
  if (found?.type !== 'log.key_rotate' || typeof found['rotate'] !== 'string') return null;
  return parseVkey(sha256, found['rotate']);
}
