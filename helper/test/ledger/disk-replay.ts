import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * What a disk may hold after the power fails, out of the system calls of a real writer: everything
 * flushed, and of the rest any part. Works on the text of
 * `strace -f -y -xx -s 70000 -e trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,link,unlink`.
 */
export const TRACED =
  'trace=openat,open,creat,write,pwrite64,pwritev,writev,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat';

export type Call =
  | { kind: 'make'; file: string; empty: boolean }
  | { kind: 'write'; file: string; at: number | null; data: Buffer }
  | { kind: 'cut'; file: string; size: number }
  | { kind: 'sync'; file: string }
  | { kind: 'move'; from: string; to: string; keep: boolean }
  | { kind: 'drop'; file: string }
  | { kind: 'said'; text: string };

function text(hex: string): string {
  return bytes(hex).toString('utf8');
}

function bytes(hex: string): Buffer {
  return hex.includes('\\x') ? Buffer.from(hex.replaceAll('\\x', ''), 'hex') : Buffer.from(hex);
}

const FD = /^(\d+)<([^>]*)>/;
const LINE = /^(?:\d+\s+)?([a-z0-9_]+)\((.*)$/;

/** The calls below `root`, in order, and what was said on stdout. Throws for a call it cannot model. */
export function parseTrace(trace: string, root: string): Call[] {
  const out: Call[] = [];
  for (const line of trace.split('\n')) {
    const match = LINE.exec(line);
    if (match === null || / = -1 E/.test(line)) continue;
    const [, name, rest] = match as unknown as [string, string, string];
    const call = callOf(name, rest, root);
    if (call !== null) out.push(call);
  }
  return out;
}

function callOf(name: string, rest: string, root: string): Call | null {
  const inside = (file: string): boolean => file.startsWith(`${root}/`);
  const fd = FD.exec(rest);
  const file = fd === null ? '' : text(fd[2]!).replace(/ \(deleted\)$/, '');
  const quoted = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]!);
  if (name === 'write' && fd?.[1] === '1') return { kind: 'said', text: text(quoted[0] ?? '') };
  const named = (i: number): string => text(quoted[i] ?? '');
  switch (name) {
    case 'openat':
    case 'open':
      if (!inside(named(0)) || !/O_CREAT|O_TRUNC/.test(rest)) return null;
      return { kind: 'make', file: named(0), empty: rest.includes('O_TRUNC') };
    case 'pwrite64':
    case 'write': {
      if (!inside(file)) return null;
      const tail = /"(?:\.\.\.)?, (\d+)(?:, (\d+))?(?:\)| <)/.exec(rest);
      if (tail === null || rest.includes('"...')) throw new Error(`cut short: ${rest.slice(-80)}`);
      const at = name === 'write' ? null : Number(tail[2]);
      return { kind: 'write', file, at, data: bytes(quoted[0] ?? '') };
    }
    case 'ftruncate':
      if (!inside(file)) return null;
      return { kind: 'cut', file, size: Number(/>, (\d+)/.exec(rest)![1]) };
    case 'fsync':
    case 'fdatasync':
      return inside(file) ? { kind: 'sync', file } : null;
    case 'rename':
    case 'link':
      if (!inside(named(0))) return null;
      return { kind: 'move', from: named(0), to: named(1), keep: name === 'link' };
    case 'unlink':
      return inside(named(0)) ? { kind: 'drop', file: named(0) } : null;
    default:
      if (inside(file) || quoted.some((q) => inside(text(q)))) throw new Error(`unknown: ${name}`);
      return null;
  }
}

interface Inode {
  flushed: Buffer;
  /** Since then, in order. */
  pending: ({ at: number; data: Buffer } | { size: number })[];
  length: number;
}

/** How much of what was not flushed the disk has kept: each write whole, torn, or not at all. */
export type Luck = () => 'all' | 'none' | 'torn';

const SECTOR = 512;

/** Files and their names while the calls are replayed. */
export class Disk {
  readonly #root: string;
  readonly #names = new Map<string, Inode>();
  /** Names as they were when anything was last flushed: a journal writes them in order. */
  #stable = new Map<string, Inode>();

  constructor(root: string) {
    this.#root = root;
  }

  apply(call: Call): void {
    switch (call.kind) {
      case 'make': {
        if (!this.#names.has(call.file)) {
          this.#names.set(call.file, { flushed: Buffer.alloc(0), pending: [], length: 0 });
        } else if (call.empty) this.#cut(this.#inode(call.file), 0);
        return;
      }
      case 'write': {
        const inode = this.#inode(call.file);
        const at = call.at ?? inode.length;
        inode.pending.push({ at, data: call.data });
        inode.length = Math.max(inode.length, at + call.data.length);
        return;
      }
      case 'cut':
        this.#cut(this.#inode(call.file), call.size);
        return;
      case 'sync': {
        const inode = this.#names.get(call.file);
        if (inode !== undefined) {
          inode.flushed = content(inode, () => 'all');
          inode.pending = [];
        }
        this.#stable = new Map(this.#names);
        return;
      }
      case 'move':
        this.#names.set(call.to, this.#inode(call.from));
        if (!call.keep) this.#names.delete(call.from);
        return;
      case 'drop':
        this.#names.delete(call.file);
        return;
      case 'said':
        return;
    }
  }

  #inode(file: string): Inode {
    const inode = this.#names.get(file);
    if (inode === undefined) throw new Error(`no such file in the trace: ${file}`);
    return inode;
  }

  #cut(inode: Inode, size: number): void {
    inode.pending.push({ size });
    inode.length = size;
  }

  /** Writes what the disk holds to `to`; `names`: whether changes of names since a flush survived. */
  crash(to: string, luck: Luck, names: boolean): void {
    for (const [file, inode] of names ? this.#names : this.#stable) {
      // The shared memory of the database does not outlive its processes.
      if (file.endsWith('-shm')) continue;
      const target = join(to, relative(this.#root, file));
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(target, content(inode, luck), { mode: 0o600 });
    }
  }
}

function content(inode: Inode, luck: Luck): Buffer {
  let out = Buffer.from(inode.flushed);
  for (const change of inode.pending) {
    const kept = luck();
    if (kept === 'none') continue;
    if ('size' in change) {
      const next = Buffer.alloc(change.size);
      out.copy(next);
      out = next;
      continue;
    }
    const half = Math.ceil(change.data.length / SECTOR / 2) * SECTOR;
    const data = kept === 'all' ? change.data : change.data.subarray(0, half);
    const end = change.at + data.length;
    if (end > out.length) out = Buffer.concat([out, Buffer.alloc(end - out.length)]);
    data.copy(out, change.at);
  }
  return out;
}
