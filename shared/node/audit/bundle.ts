import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifyReport } from '../../contract/audit.ts';
import { equalBytes, fromHex, toHex } from '../../proof/bytes.ts';
import {
  type Checkpoint,
  checkSignature,
  parseCheckpoint,
  parseNote,
  parseVkey,
  type SignedNote,
  type VerifierKey,
} from '../../proof/note.ts';
import { rootFromInclusion, verifyConsistency } from '../../proof/proofs.ts';
import { bundleLines, type Line, Malformed } from './bundle-lines.ts';
import { bornOut } from './export-anchor.ts';
import { Findings } from './findings.ts';
import { ed25519Verify, leafHexOfText, nodeTreeHasher, sha256 } from './hash.ts';
import { type Anchor, InputUnreadable, proves, readInputs, refuseInside } from './inputs.ts';

export interface BundleOptions {
  /** The bundle, or a folder that holds it as its only `.jsonl` file. */
  file: string;
  vkeyFile: string;
  anchorFile?: string | null;
  /** The log of now, which leads from the bundle's tree to a later anchor. */
  logDir?: string | null;
}

export interface BundleReport extends Omit<VerifyReport, 'mode'> {
  /** Records in the bundle. */
  rows?: number;
  /** Every record of the log up to the signed size is in it. */
  complete?: boolean;
  filter?: string;
}

const MAX_HASHES = 64;

/**
 * Verifies an evidence bundle (docs/verify/FORMAT.md) against the trusted key and the anchor, line
 * by line in bounded memory. Exit codes as for a log. Does not throw for anything the bundle holds.
 */
export async function verifyBundle(options: BundleOptions): Promise<BundleReport> {
  const started = performance.now();
  const findings = new Findings();
  const check = new BundleCheck(findings);
  let exitCode: number;
  let anchor: Anchor | null = null;
  try {
    const { vkeyFile, anchorFile = null, logDir = null } = options;
    for (const file of [vkeyFile, anchorFile]) if (logDir !== null) refuseInside(logDir, file);
    const inputs = readInputs(vkeyFile, anchorFile);
    anchor = inputs.anchor;
    await readBundle(bundleFile(options.file), check, inputs.key);
    check.finish(anchor, logDir);
    exitCode = findings.list.length > 0 ? 1 : check.anchored ? 0 : 3;
  } catch (error) {
    if (!(error instanceof InputUnreadable)) throw error;
    findings.add('INPUT_UNREADABLE', { detail: error.message });
    exitCode = 2;
  }
  return {
    ok: findings.list.length === 0,
    findings: [...findings.list],
    ...check.facts(),
    anchored: check.anchored,
    exitCode,
    anchor: anchor === null ? null : { size: Number(anchor.checkpoint.size), at: null },
    ms: Math.round(performance.now() - started),
    at: new Date().toISOString(),
  };
}

function bundleFile(path: string): string {
  try {
    const isFolder = statSync(path).isDirectory();
    const names = isFolder ? readdirSync(path).filter((name) => name.endsWith('.jsonl')) : [];
    if (isFolder && names.length !== 1) {
      throw new InputUnreadable(`${path} does not hold exactly one .jsonl file.`);
    }
    const file = isFolder ? join(path, names[0]!) : path;
    // A pipe would hang, a device would never end.
    if (!statSync(file).isFile()) throw new InputUnreadable(`${file} is not a regular file.`);
    return file;
  } catch (error) {
    if (error instanceof InputUnreadable) throw error;
    throw new InputUnreadable(`The bundle cannot be read: ${path}.`, { cause: error });
  }
}

async function readBundle(file: string, check: BundleCheck, key: VerifierKey): Promise<void> {
  try {
    for await (const line of bundleLines(file)) check.line(line, key);
    check.begun();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    check.malformed(error.message);
  }
}

function text(line: Line, key: string): string {
  const value = line[key];
  if (typeof value !== 'string') throw new Malformed(`${key} is no text`);
  return value;
}

function count(line: Line, key: string): number {
  const value = line[key];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed(`${key}`);
  return value as number;
}

function hashes(line: Line, key: string): Uint8Array[] {
  const value = line[key];
  if (!Array.isArray(value) || value.length > MAX_HASHES) throw new Malformed(`${key}`);
  return value.map((item: unknown) => {
    const bytes = typeof item === 'string' ? fromHex(item) : null;
    if (bytes === null || bytes.length !== 32) throw new Malformed(`${key}: a hash`);
    return bytes;
  });
}

function signedCheckpoint(source: string): { note: SignedNote; checkpoint: Checkpoint } {
  const note = parseNote(source);
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null) throw new Malformed('a checkpoint');
  return { note, checkpoint };
}

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
  anchor: Checkpoint | null;
  consistency: Uint8Array[];
}

/** The state of one pass over a bundle: header, keys, then events in order, then the end. */
class BundleCheck {
  readonly #findings: Findings;
  readonly #hasher = nodeTreeHasher();
  #key: VerifierKey | null = null;
  #header: Header | null = null;
  #last = -1;
  /** The event of the newest change of key so far. */
  #rotated = -1;
  #rows = 0;
  #end: number | null = null;
  #events = false;
  #broken = false;
  #signed = false;
  anchored = false;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  malformed(detail: string): void {
    this.#broken = true;
    this.#findings.add('EXPORT_MALFORMED', { detail: detail.slice(0, 200) });
  }

  /** Throws Malformed when no header was read. */
  begun(): void {
    if (this.#header === null) this.malformed('there is no header');
  }

  line(line: Line, trusted: VerifierKey): void {
    const kind = text(line, 'kind');
    if (this.#header === null) {
      if (kind !== 'akios-evidence') throw new Malformed('the first line is no header');
      this.#key = trusted;
      this.#header = readHeader(line);
      return;
    }
    if (this.#end !== null) throw new Malformed('lines after the end');
    if (kind === 'rotation') this.#rotation(line, this.#header);
    else if (kind === 'event') this.#event(line, this.#header);
    else if (kind === 'end') this.#end = count(line, 'rows');
    else if (kind !== 'verifier') throw new Malformed('a line of unknown kind');
  }

  /** The next key, if row, checkpoint and both signatures bear it out; else the old one stays. */
  #rotation(line: Line, header: Header): void {
    if (this.#events) throw new Malformed('a change of key after events');
    const seq = count(line, 'seq');
    const later = seq > this.#rotated;
    this.#rotated = seq;
    const body = text(line, 'body');
    const { note, checkpoint } = signedCheckpoint(text(line, 'note'));
    const next = nextKey(body);
    const root = rootFromInclusion(this.#hasher, {
      index: BigInt(seq),
      size: BigInt(seq + 1),
      leafHash: fromHex(leafHexOfText(body))!,
      proof: hashes(line, 'proof'),
    });
    const extended = verifyConsistency(this.#hasher, {
      first: BigInt(seq + 1),
      second: header.checkpoint.size,
      firstRoot: checkpoint.root,
      secondRoot: header.checkpoint.root,
      proof: hashes(line, 'consistency'),
    });
    const good =
      later &&
      next !== null &&
      next.name === this.#key!.name &&
      checkpoint.origin === next.name &&
      checkpoint.size === BigInt(seq + 1) &&
      root !== null &&
      equalBytes(root, checkpoint.root) &&
      extended &&
      checkSignature(ed25519Verify, note, this.#key!) === 'ok' &&
      checkSignature(ed25519Verify, note, next) === 'ok';
    if (good) this.#key = next;
    else this.#findings.add('ROTATION_INVALID', { index: seq });
  }

  #event(line: Line, header: Header): void {
    this.#events = true;
    const seq = count(line, 'seq');
    const leaf = fromHex(text(line, 'leaf'));
    if (leaf === null || leaf.length !== 32) throw new Malformed('leaf');
    if (seq <= this.#last) this.#findings.add('EXPORT_ORDER', { index: seq });
    if (header.complete && seq !== this.#last + 1) {
      this.#findings.add('EXPORT_INCOMPLETE', { index: this.#last + 1 });
    }
    const { body } = line;
    if (body !== null) {
      if (typeof body !== 'string') throw new Malformed('body');
      if (leafHexOfText(body) !== toHex(leaf)) {
        this.#findings.add('LEAF_MISMATCH', { index: seq });
      }
      if (event(body)?.['seq'] !== seq) this.#findings.add('SEQ_MISMATCH', { index: seq });
    }
    const claim = { index: BigInt(seq), size: header.checkpoint.size, leafHash: leaf };
    const root = rootFromInclusion(this.#hasher, { ...claim, proof: hashes(line, 'proof') });
    if (root === null || !equalBytes(root, header.checkpoint.root)) {
      this.#findings.add('PROOF_INVALID', { index: seq });
    }
    this.#last = seq;
    this.#rows += 1;
  }

  /** What only the whole bundle shows; throws InputUnreadable for an anchor that proves nothing. */
  finish(anchor: Anchor | null, logDir: string | null): void {
    const header = this.#header;
    if (header === null) return;
    const { checkpoint, size } = header;
    const state = checkSignature(ed25519Verify, header.note, this.#key!);
    this.#signed = state === 'ok';
    if (state === 'invalid') this.#findings.add('SIG_INVALID', { index: size });
    if (state === 'untrusted') this.#findings.add('SIG_UNTRUSTED_KEY', { index: size });
    if (checkpoint.origin !== this.#key!.name || header.origin !== checkpoint.origin) {
      this.#findings.add('ORIGIN_MISMATCH', { index: size });
    }
    if (BigInt(header.total) !== checkpoint.size || header.root !== toHex(checkpoint.root)) {
      this.#findings.add('ROOT_MISMATCH', { index: size });
    }
    const complete = this.#rows === size && header.filter === '';
    const stated = header.rows === this.#rows && this.#end === this.#rows;
    if (!this.#broken && (!stated || header.complete !== complete)) {
      this.#findings.add('EXPORT_INCOMPLETE', { index: this.#rows });
    }
    if (anchor !== null) this.#anchor(anchor, header, logDir);
  }

  #anchor(anchor: Anchor, header: Header, logDir: string | null): void {
    if (!anchor.proved && !proves(anchor, this.#key!)) {
      throw new InputUnreadable('The anchor is not signed by a key of this log.');
    }
    const { checkpoint, size } = header;
    const { size: at, root } = anchor.checkpoint;
    const listed = header.anchor?.size === at;
    if (at > checkpoint.size) {
      const tree = { total: size, root: toHex(checkpoint.root) };
      const found = logDir === null ? 'unknown' : bornOut(tree, anchor, logDir);
      if (found === 'same') this.anchored = true;
      else if (found === 'fork') this.#findings.add('FORK', { index: 0 });
      else this.#findings.add('ROLLBACK', { index: size });
    } else if (at === checkpoint.size && equalBytes(root, checkpoint.root)) this.anchored = true;
    else if (listed && this.#extends(at, root, header)) this.anchored = true;
    else if (listed || at === checkpoint.size) this.#findings.add('FORK', { index: 0 });
  }

  #extends(first: bigint, firstRoot: Uint8Array, header: Header): boolean {
    const { size: second, root: secondRoot } = header.checkpoint;
    const claim = { first, second, firstRoot, secondRoot, proof: header.consistency };
    return verifyConsistency(this.#hasher, claim);
  }

  facts(): Partial<BundleReport> {
    const header = this.#header;
    if (header === null) return {};
    return {
      size: header.size,
      root: toHex(header.checkpoint.root),
      ...(this.#signed ? { sealed: header.size } : {}),
      rows: this.#rows,
      complete: this.#rows === header.size && header.filter === '',
      filter: header.filter,
    };
  }
}

function readHeader(line: Line): Header {
  const { note, checkpoint } = signedCheckpoint(text(line, 'note'));
  if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed('size');
  if (line['version'] !== 1) throw new Malformed('version');
  if (typeof line['complete'] !== 'boolean') throw new Malformed('complete');
  const anchor = line['anchor'] === null ? null : signedCheckpoint(text(line, 'anchor')).checkpoint;
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
    anchor,
    consistency: hashes(line, 'consistency'),
  };
}

function event(body: string): Line | null {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Line) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function nextKey(body: string): VerifierKey | null {
  const found = event(body);
  if (found?.['type'] !== 'log.key_rotate' || typeof found['rotate'] !== 'string') return null;
  return parseVkey(sha256, found['rotate']);
}
