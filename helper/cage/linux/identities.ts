import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { libc } from './native/libc.ts';

type UidRanges = readonly (readonly [first: number, blocks: number])[];

/** Uids come in blocks, one block per helper: nothing is written per run. */
const BLOCK = 256;
/** First uids of the ranges tried: systemd leaves the first alone; the others fit small maps. */
const RANGES: UidRanges = [
  [1_879_100_416, 4096],
  [200_192, 128],
  [30_208, 100],
];

/** The machine-wide list of taken blocks; root only. */
export const REGISTRY = '/run/akios-cages/uids';

export interface Identities {
  take(): number;
  free(uid: number): void;
  dispose(): void;
}

/**
 * When a process began, in clock ticks; null when there is none, or only its entry that waits for
 * its parent (process 1 of a cage becomes that only after all others of the cage are gone).
 */
export function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /^[ZX]/.test(fields[0] ?? '') ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

interface Span {
  from: number;
  to: number;
}

function spansOf(file: string, parse: (fields: string[]) => Span | null): Span[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => parse(line.trim().split(/[:\s]+/)) ?? []);
}

const overlaps = (spans: readonly Span[], first: number): boolean =>
  spans.some((s) => s.from < first + BLOCK && s.to > first);

/** Uids that mean something on this host: accounts, groups and delegated ranges. */
function taken(): Span[] {
  const account = ([, , id]: string[]): Span | null =>
    id !== undefined && /^\d+$/.test(id) ? { from: Number(id), to: Number(id) + 1 } : null;
  const delegated = ([, first, count]: string[]): Span | null =>
    first !== undefined && count !== undefined
      ? { from: Number(first), to: Number(first) + Number(count) }
      : null;
  return [
    ...spansOf('/etc/passwd', account),
    ...spansOf('/etc/group', account),
    ...spansOf('/etc/subuid', delegated),
    ...spansOf('/etc/subgid', delegated),
  ];
}

function mapped(): Span[] {
  return spansOf('/proc/self/uid_map', ([inside, , count]) =>
    inside !== undefined && count !== undefined && inside !== ''
      ? { from: Number(inside), to: Number(inside) + Number(count) }
      : null,
  );
}

/** True when ids of this helper are the whole 32-bit range, so that any map can be written. */
export function mapsEveryId(): boolean {
  return mapped().some((s) => s.from === 0 && s.to >= 0xffffffff);
}

function killUids(first: number): void {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statSync(`/proc/${name}`, { throwIfNoEntry: false });
    if (stat === undefined || stat.uid < first || stat.uid >= first + BLOCK) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** True when the helper that wrote this lock no longer runs. */
function stale(lock: string): boolean {
  const [pid, ticks] = readFileSync(lock, 'utf8').split(' ');
  return ticks === undefined || startTicks(Number(pid)) !== ticks.trim();
}

function claim(registry: string, first: number): boolean {
  const lock = join(registry, String(first));
  try {
    const fd = openSync(lock, 'wx', 0o600);
    writeSync(fd, `${process.pid} ${startTicks(process.pid)}\n`);
    closeSync(fd);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * One helper at a time reads and changes the list. Without it a claim that is just being written
 * looks like one of a dead helper, and two that find a dead one's claim take each other's.
 */
function alone<T>(registry: string, work: () => T): T {
  mkdirSync(registry, { recursive: true, mode: 0o700 });
  const fd = openSync(join(registry, 'lock'), 'a', 0o600);
  try {
    libc().lock(fd);
    return work();
  } finally {
    closeSync(fd);
  }
}

/** Ends what a helper that was killed left running under its uids, and forgets its claim. */
function reclaimBlocks(registry: string): void {
  for (const name of readdirSync(registry)) {
    const lock = join(registry, name);
    if (!/^\d+$/.test(name) || !stale(lock)) continue;
    killUids(Number(name));
    rmSync(lock, { force: true });
  }
}

/**
 * Ordinary uids for the cages of a helper that runs as root. No account, group or delegated range
 * has them, and no two live cages of this machine share one.
 */
export function claimIdentities(
  registry: string = REGISTRY,
  ranges: UidRanges = RANGES,
): Identities {
  const used = taken();
  const own = mapped();
  const candidates = ranges
    .flatMap(([from, blocks]) => Array.from({ length: blocks }, (_, i) => from + i * BLOCK))
    .filter((from) => own.some((s) => s.from <= from && s.to >= from + BLOCK));
  const first = alone(registry, () => {
    reclaimBlocks(registry);
    return candidates.find((from) => !overlaps(used, from) && claim(registry, from));
  });
  if (first === undefined) {
    throw new AkiosError('CAGE_FAILED', 'No free range of user ids is left for cages.', {
      hint: `Look at ${registry} and the ranges in /etc/subuid.`,
    });
  }
  return new Block(first, registry);
}

class Block implements Identities {
  readonly #first: number;
  readonly #registry: string;
  readonly #live = new Set<number>();
  #next = 0;

  constructor(first: number, registry: string) {
    this.#first = first;
    this.#registry = registry;
  }

  take(): number {
    for (let tries = 0; tries < BLOCK; tries += 1) {
      const uid = this.#first + this.#next;
      this.#next = (this.#next + 1) % BLOCK;
      if (!this.#live.has(uid)) {
        this.#live.add(uid);
        return uid;
      }
    }
    throw new AkiosError('CAGE_FAILED', `${BLOCK} cages are running already.`, {
      hint: 'Wait for one to end.',
    });
  }

  free(uid: number): void {
    this.#live.delete(uid);
  }

  dispose(): void {
    const claimed = join(this.#registry, String(this.#first));
    alone(this.#registry, () => rmSync(claimed, { force: true }));
  }
}
