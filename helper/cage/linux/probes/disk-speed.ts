import { diskOf } from '../cgroup/device.ts';
import type { Host } from '../host.ts';
import { PERL } from '../launch/launch.ts';
import { callNumber } from '../launch/plan.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { inScratch, runToEnd, type Spawn } from './trial.ts';

const BYTES = 1_048_576;
const LIMIT = 2_097_152;
const EXPECTED_MS = (BYTES / LIMIT) * 1000;
/** No disk of today is faster. */
const NO_LIMIT = 2 ** 40;

/**
 * Writes a new file (the kernel charges the pages of an old one to who wrote it first, for a while),
 * flushes, and prints the milliseconds it took by the monotonic clock.
 */
const WRITE_SCRIPT = String.raw`
use strict;
my ($name, $bytes, $flush, $clock) = @ARGV;
my $now = sub { my $t = "\0" x 16; syscall(0 + $clock, 1, $t); my ($s, $n) = unpack('qq', $t); $s * 1000 + $n / 1e6 };
my $began = $now->();
open(my $f, '>', $name) or die "open: $!";
my ($block, $wrote) = ("\xa5" x 65536, 0);
while ($wrote < $bytes) { my $n = syswrite($f, $block) or die "write: $!"; $wrote += $n }
syscall(0 + $flush, fileno $f) == 0 or die "flush: $!";
print int($now->() - $began), "\n";
`;

export interface DiskSpeed {
  /** True: held; false: set and not held; null: the kernel offers none here, or it cannot be told. */
  ok: boolean | null;
  observed: string;
}

/** Milliseconds with and without a limit tell whether the limit was what slowed it. */
export function judgeSpeed(limitedMs: number, freeMs: number): DiskSpeed {
  const seen = `1 MiB took ${limitedMs} ms at 2 MiB/s and ${freeMs} ms without a limit`;
  if (limitedMs < EXPECTED_MS * 0.6) return { ok: false, observed: `not held: ${seen}` };
  if (freeMs > limitedMs / 2) {
    return { ok: null, observed: `the disk is too slow to tell: ${seen}` };
  }
  return { ok: true, observed: seen };
}

/** P10: a real write at a low limit, beside the same without one. */
export async function diskSpeed(spawn: Spawn, diskDir: string, host: Host): Promise<DiskSpeed> {
  if (!host.cgroup.io) {
    const why = host.cgroup.hard
      ? 'the io controller of cgroup v2 is not delegated to this user'
      : host.cgroup.reason;
    return { ok: null, observed: `not limited: ${why}` };
  }
  return inScratch(diskDir, async ({ work }) => {
    if (diskOf(work) === null) {
      return { ok: null, observed: 'not measured: the state folder lies on no disk' };
    }
    const call = (name: string): string => String(callNumber(host.architecture, name));
    const timed = async (diskBytesPerSecond: number): Promise<number> => {
      const { stdout, stderr, exit } = await runToEnd(spawn, {
        id: 'probe',
        argv: [
          ...([PERL, '-f', '-e', WRITE_SCRIPT, '--', `speed-${diskBytesPerSecond}`] as const),
          ...[String(BYTES), call('fdatasync'), call('clock_gettime')],
        ],
        workDir: work,
        limits: { ...DEFAULT_LIMITS, wallMs: 20_000, diskBytesPerSecond },
        stdin: 'none',
        seccomp: 'kill',
      });
      if (!/^\d+\n$/.test(stdout)) throw new Error(`${exit.detail} ${stderr.slice(0, 200)}`);
      return Number(stdout);
    };
    const free = await timed(NO_LIMIT);
    return judgeSpeed(await timed(LIMIT), free);
  });
}
