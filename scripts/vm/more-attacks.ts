import { join } from 'node:path';
import type { Driver, Person } from './product.ts';

const MIB_PER_SECOND = 4;
const WRITTEN_MIB = 16;
/**
 * Writes for real: the flush waits for the disk. A new file each time, because the kernel charges an
 * old one's pages to who wrote it first, for a while.
 */
const writing = (name: string): string =>
  `$| = 1; sub now { my $t = "\\0" x 16; syscall(228, 1, $t); my ($s, $n) = unpack("qq", $t); $s * 1000 + $n / 1e6 } my $b = now(); system("/usr/bin/dd", "if=/dev/zero", "of=${name}", "bs=65536", "count=${WRITTEN_MIB * 16}", "conv=fdatasync", "status=none") == 0 or die "dd: $?"; printf "WROTE %d ms\\n", now() - $b`;

const policyWith = (mibPerSecond: number): string =>
  `[agent]\nname = "vm"\nmax_runtime = "120s"\n[resources]\nmemory_mb = 256\npids = 64\ncpus = 1\ndisk_mb_per_second = ${mibPerSecond}\n`;

/** The speed of the disk: held where the io controller is delegated, said plainly where it is not. */
export function disk({ tell, as, attack, akios }: Driver, person: Person): void {
  const { part } = person;
  const wrote = (mibPerSecond: number): { ms: number; said: string } => {
    const { out, err, code } = attack(
      person,
      writing(`big-${mibPerSecond}`),
      policyWith(mibPerSecond),
    );
    return {
      ms: Number(/WROTE (\d+) ms/.exec(out)?.[1] ?? -1),
      said: `status ${code} ${out} ${err}`,
    };
  };
  const free = wrote(100_000);
  const held = wrote(MIB_PER_SECOND);
  const least = (WRITTEN_MIB / MIB_PER_SECOND) * 1000 * 0.8;
  const seen = `${WRITTEN_MIB} MiB took ${held.ms} ms at ${MIB_PER_SECOND} MiB/s, ${free.ms} ms without a limit; ${held.said}`;
  const doctor = as(person, [akios, 'doctor', '--verbose']).out;
  const probe = doctor.split('\n').findIndex((line) => / P10 /.test(line));
  const told = doctor
    .split('\n')
    .slice(probe, probe + 2)
    .join(' ');
  if (person.helper === 'system') {
    tell(part, free.ms >= 0 && free.ms * 2 < held.ms && held.ms > least, 'disk speed', seen);
    tell(part, probe >= 0 && told.startsWith('PASS'), 'disk speed is proved', told);
  } else {
    // systemd delegates memory, pids and cpu to a user's manager, and not io.
    const known = /not limited: the io controller of cgroup v2 is not delegated/.test(told);
    tell(part, known && held.ms >= 0, 'disk speed is said not to be limited', `${told} | ${seen}`);
  }
}

const TREE =
  '$| = 1; for (1..8) { if (!fork) { setpgrp; $SIG{TERM} = "IGNORE"; for (;;) { exit if fork; select undef, undef, undef, 0.05 } } } print "up\\n"; sleep 600';

/** `akios panic` while three programs run whose trees re-fork: all are gone, and it says so. */
export function panic({ tell, as, akios, leaves }: Driver, person: Person): void {
  const work = join(person.cwd, 'work');
  const script = `
cd "$1" || exit 9
for i in 1 2 3; do
  ( "$0" agent run --work "$1" -- /usr/bin/perl -e "$2" > "p$i.out" 2> "p$i.err"; echo $? > "p$i.status" ) &
done
for t in $(seq 300); do [ "$(cat p1.out p2.out p3.out | grep -c up)" = 3 ] && break; sleep 0.2; done
"$0" panic --json --reason "the VM test"
wait
echo STATUSES $(cat p1.status p2.status p3.status)
cat p1.err`;
  const ran = as(person, ['/bin/sh', '-c', script, akios, work, TREE]);
  const line = ran.out.split('\n').find((text) => text.startsWith('{')) ?? '{}';
  const { stopped = [], ms } = JSON.parse(line) as { stopped?: unknown[]; ms?: number };
  const left = leaves();
  const ended = /STATUSES 137 137 137/.test(ran.out);
  tell(
    person.part,
    ran.code === 0 && stopped.length === 3 && ended && left.length === 0,
    'panic',
    `${stopped.length} stopped in ${ms} ms, groups left: ${left.join(' ') || 'none'}; ${ran.out} ${ran.err}`,
  );
}
