import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Probe } from '../../../../shared/contract/cage.ts';
import type { CageLevel } from '../../../../shared/domain/states.ts';
import type { ProbeReport } from '../../port.ts';
import { findBwrap, type Host } from '../host.ts';
import { PERL } from '../launch/launch.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { architectureOf, filterBytes, filterDigest } from '../seccomp/filter.ts';
import { GOLDEN_FILTERS } from '../seccomp/golden.data.ts';
import { readUsernsSettings, trialAdvice } from './advice.ts';
import { diskSpeed } from './disk-speed.ts';
import { judgeCanaries, judgeDisk, judgeRights } from './judge.ts';
import { askProxy, type ProxyTrial } from './proxy-trial.ts';
import {
  bridgeAnswers,
  inScratch,
  runToEnd,
  type Spawn,
  type TrialResult,
  trial,
} from './trial.ts';

const run = promisify(execFile);

export interface ProbeInput {
  stateDir: string;
  diskDir: string;
  openHost(): Promise<Host>;
  spawn: Spawn;
  /** Opens the real egress proxy for one probing. */
  openProxyTrial?: (() => Promise<ProxyTrial>) | undefined;
}

interface Outcome {
  ok: boolean | null;
  observed: string;
  fix?: string;
}

const REFUSES = 'Refused: nothing runs without it.';
const SOFTENS = 'Strong instead of Full.';

const TITLES: Readonly<Record<string, { title: string; needed: string; effect?: string }>> = {
  P1: {
    title: 'bubblewrap',
    needed: 'bubblewrap 0.8.0 or newer, not set-uid, and perl',
    effect: REFUSES,
  },
  P2: {
    title: 'Trial cage',
    needed: 'a trial cage with every wall starts and ends',
    effect: REFUSES,
  },
  P3: {
    title: 'No rights inside',
    needed: 'no capability, no new privileges, filter on, one id',
    effect: REFUSES,
  },
  P4: {
    title: 'Canaries',
    needed: 'secret, /etc, loopback, sockets and calls are out of reach',
    effect: REFUSES,
  },
  P5: {
    title: 'System call filter',
    needed: 'x86-64 or arm64, and the reviewed filter',
    effect: REFUSES,
  },
  P6: {
    title: 'Egress proxy',
    needed: 'from inside, a listed host passes and everything else is refused',
    effect: REFUSES,
  },
  P7: { title: 'Hard limits', needed: 'cgroup v2 with memory, pids and cpu', effect: SOFTENS },
  P8: {
    title: 'Size-limited scratch',
    needed: 'writing past the size of /tmp fails',
    effect: SOFTENS,
  },
  P9: { title: 'Landlock', needed: 'optional: Landlock in the kernel' },
  P10: {
    title: 'Speed of the disk',
    needed: 'optional: cgroup v2 with io, and a folder that lies on a disk',
    effect: 'None: named among what is soft.',
  },
};

async function timed(id: string, measure: () => Promise<Outcome>): Promise<Probe> {
  const began = performance.now();
  let outcome: Outcome;
  try {
    outcome = await measure();
  } catch (error) {
    outcome = { ok: false, observed: error instanceof Error ? error.message : String(error) };
  }
  const about = TITLES[id] ?? { title: id, needed: '' };
  return {
    id,
    title: about.title,
    ok: outcome.ok,
    observed: outcome.observed,
    needed: about.needed,
    ...(outcome.fix === undefined ? {} : { fix: outcome.fix }),
    ...(outcome.ok === false && about.effect !== undefined ? { effectOnLevel: about.effect } : {}),
    at: new Date().toISOString(),
    ms: Math.round(performance.now() - began),
  };
}

/** True when `version` ("0.8.0") is at least 0.8.0. */
export function isRecentBwrap(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 0 || minor >= 8;
}

async function bubblewrap(): Promise<Outcome> {
  const bwrap = findBwrap();
  if (bwrap === null) {
    const fix = 'sudo apt-get install bubblewrap';
    return { ok: false, observed: 'bubblewrap is not installed', fix };
  }
  if (!existsSync(PERL)) {
    return { ok: false, observed: `${PERL} is missing`, fix: 'sudo apt-get install perl-base' };
  }
  const { stdout } = await run(bwrap, ['--version'], { timeout: 5000 });
  const version = /(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? '0';
  const setUid = (statSync(bwrap).mode & 0o4000) !== 0;
  const fix = setUid ? `sudo chmod u-s ${bwrap}` : 'Install bubblewrap 0.8.0 or newer.';
  const ok = isRecentBwrap(version) && !setUid;
  const observed = `${bwrap} ${version}${setUid ? ', set-uid' : ''}`;
  return ok ? { ok, observed } : { ok, observed, fix };
}

function filter(): Outcome {
  const architecture = architectureOf();
  if (architecture === null) {
    const fix = 'Use a machine with x86-64 or arm64.';
    return { ok: false, observed: `architecture ${process.arch}`, fix };
  }
  const digest = filterDigest(filterBytes(architecture, { quiet: false, withoutSysv: false }));
  const ok = GOLDEN_FILTERS[`${architecture.name}:kill`] === digest;
  const observed = `${architecture.name}, filter ${digest.slice(0, 16)}`;
  return ok ? { ok, observed } : { ok, observed: `${observed} is not the reviewed one` };
}

async function proxy(input: ProbeInput): Promise<Outcome> {
  const answer = await bridgeAnswers(input.spawn, input.stateDir);
  if (answer !== 'ping-pong') {
    return { ok: false, observed: `the bridge to the proxy socket answered "${answer}"` };
  }
  if (input.openProxyTrial === undefined) {
    return { ok: null, observed: 'the bridge works; the proxy itself was not measured here' };
  }
  const trial = await input.openProxyTrial();
  try {
    return await askProxy(input.spawn, input.stateDir, trial);
  } finally {
    await trial.close();
  }
}

/** P7: a real memory bomb and a real tree kill inside a group. */
async function hardLimits(input: ProbeInput, host: Host): Promise<Outcome> {
  if (!host.cgroup.hard) {
    const fix =
      'Boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1) and give the user a systemd manager: sudo loginctl enable-linger $USER';
    return { ok: false, observed: host.cgroup.reason, fix };
  }
  const limits = { ...DEFAULT_LIMITS, memoryBytes: 33_554_432, wallMs: 20_000 };
  const { exit } = await inScratch(input.stateDir, ({ work }) =>
    runToEnd(input.spawn, {
      id: 'probe',
      argv: [PERL, '-f', '-e', 'my @x; push @x, "a" x 1048576 while @x < 512; print scalar @x'],
      workDir: work,
      limits,
      stdin: 'none',
      seccomp: 'kill',
    }),
  );
  const ok = exit.end === 'memory';
  return { ok, observed: ok ? exit.detail : `a 512 MiB program in 32 MiB ended by ${exit.end}` };
}

function landlock(result: TrialResult): Outcome {
  const abi = Number(result.found.get('landlock') ?? -1);
  if (abi > 0) return { ok: true, observed: `Landlock ABI ${abi}` };
  return { ok: null, observed: 'the kernel has no Landlock; nothing depends on it' };
}

function levelOf(probes: readonly Probe[]): CageLevel {
  const ok = (id: string): boolean | null => probes.find((p) => p.id === id)?.ok ?? null;
  const walls = ['P1', 'P2', 'P3', 'P4', 'P5'].every((id) => ok(id) === true);
  if (!walls || ok('P6') === false) return 'refuse';
  return ok('P7') === true && ok('P8') === true ? 'full' : 'strong';
}

function softOf(host: Host | null, probes: readonly Probe[]): string[] {
  const soft = [
    'size and entries of the work folder: polled every 100 ms (each single file is capped by the kernel)',
  ];
  const speed = probes.find((p) => p.id === 'P10');
  if (speed !== undefined && speed.ok !== true) soft.push(`speed of the disk: ${speed.observed}`);
  if (host === null || host.cgroup.hard) return soft;
  const why = host.cgroup.reason;
  soft.unshift(
    `memory of the process tree, its sockets and memory files: polled every 100 ms, with a hard cap per process (${why})`,
    `processor share: not limited; processor seconds are polled (${why})`,
  );
  return soft;
}

function featuresOf(host: Host, probes: readonly Probe[]): string[] {
  const ok = (id: string): boolean => probes.some((p) => p.id === id && p.ok === true);
  return [
    ...(ok('P2') ? ['namespaces-7'] : []),
    ...(ok('P3') ? ['no-capabilities', 'no-new-privileges'] : []),
    ...(ok('P5') && ok('P4') ? ['seccomp'] : []),
    ...(host.identities === null ? [] : ['uid-per-run']),
    ...(ok('P7') ? ['cgroup-v2'] : ['rlimits', 'polling']),
    ...(ok('P9') ? ['landlock-available'] : []),
    ...(ok('P10') ? ['io-limit'] : []),
  ];
}

const unmeasured = (id: string, why: string): Promise<Probe> =>
  timed(id, async () => ({ ok: null, observed: `not measured: ${why}` }));

/** Runs P1..P10. Never throws. */
export async function probeAll(input: ProbeInput): Promise<ProbeReport> {
  const probes = [await timed('P1', bubblewrap)];
  let host: Host | null = null;
  let result: TrialResult | null = null;
  if (probes[0]?.ok === true) {
    probes.push(
      await timed('P2', async () => {
        try {
          host = await input.openHost();
          await host.lookForCgroup();
          result = await trial(input.spawn, input.stateDir, host.architecture);
        } catch (error) {
          const said = error instanceof Error ? error.message : String(error);
          return { ok: false, observed: said, fix: trialAdvice(said, readUsernsSettings()) };
        }
        const { exit, stderr, found } = result;
        const ok = exit.end === 'exit' && exit.code === 0 && found.get('work') === '0';
        const observed = ok ? 'started and ended' : `${exit.detail} ${stderr.slice(0, 300)}`;
        return ok
          ? { ok, observed }
          : { ok, observed, fix: trialAdvice(stderr, readUsernsSettings()) };
      }),
    );
  } else probes.push(await unmeasured('P2', 'P1 failed'));
  probes.push(...(await inner(input, host, result)));
  return {
    level: levelOf(probes),
    backend: 'linux',
    probes,
    soft: softOf(host, probes),
    features: host === null ? [] : featuresOf(host, probes),
    at: new Date().toISOString(),
  };
}

async function inner(
  input: ProbeInput,
  host: Host | null,
  result: TrialResult | null,
): Promise<Probe[]> {
  const p5 = () => timed('P5', async () => filter());
  if (host === null || result === null) {
    const rest = ['P3', 'P4', 'P6', 'P7', 'P8', 'P9', 'P10'];
    const idle = await Promise.all(rest.map((id) => unmeasured(id, 'no trial cage')));
    return [...idle, await p5()].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  }
  return [
    await timed('P3', async () => judgeRights(result)),
    await timed('P4', async () => judgeCanaries(result)),
    await p5(),
    await timed('P6', () => proxy(input)),
    await timed('P7', () => hardLimits(input, host)),
    await timed('P8', async () => judgeDisk(result)),
    await timed('P9', async () => landlock(result)),
    await timed('P10', () => diskSpeed(input.spawn, input.diskDir, host)),
  ];
}
