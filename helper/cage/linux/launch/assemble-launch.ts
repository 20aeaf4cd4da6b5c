import type { CageSpec } from '../../port.ts';
import type { Host } from '../host.ts';
import { rlimitTriples } from '../limits.ts';
import { grantedTree, socketTree, treeAt, workAliases, workFolder } from '../paths.ts';
import { type BindSource, bwrapArguments, type CageLayout } from './arguments.ts';
import { INIT_SCRIPT } from './init-script.ts';
import { FD, type LaunchInput, PERL } from './launch.ts';
import { callNumber, encodePlan, type Tree } from './plan.ts';
import { environmentFor, PROXY_SOCKET, programFor } from './program.ts';

/** What the surroundings of this run decided. */
export interface RunFacts {
  user: number | null;
  leaf: string | null;
  hardMemory: boolean;
}

export interface AssembledLaunch extends LaunchInput {
  /** Paths to lend to the run's uid before the launch. */
  lend: readonly string[];
}

interface Bindings {
  trees: Tree[];
  plain: { path: string; fd: number }[];
}

/** Root stages trees at /tmp/N; an ordinary user opens them and names the descriptor. */
class Sources {
  readonly bindings: Bindings = { trees: [], plain: [] };
  /** Paths whose owner must be changed for the time of the run. */
  readonly lend: string[] = [];
  readonly #root: boolean;
  readonly #withoutIdMaps: ReadonlySet<number>;
  #next: number;

  constructor(root: boolean, firstFd: number, withoutIdMaps: ReadonlySet<number>) {
    this.#root = root;
    this.#next = firstFd;
    this.#withoutIdMaps = withoutIdMaps;
  }

  add(tree: Tree): BindSource {
    if (this.#root) {
      const unmapped = this.#withoutIdMaps.has(tree.device);
      if (unmapped) this.lend.push(tree.path);
      this.bindings.trees.push(unmapped ? { ...tree, owner: null } : tree);
      return { path: `/tmp/${this.bindings.trees.length - 1}` };
    }
    const fd = this.#next;
    this.#next += 1;
    this.bindings.plain.push({ path: tree.path, fd });
    return { fd };
  }
}

function initCommand(spec: CageSpec, host: Host, facts: RunFacts, program: string[]): string[] {
  const call = (name: string): string => String(callNumber(host.architecture, name));
  return [
    ...[PERL, '-f', '-e', INIT_SCRIPT, '--', String(FD.init)],
    rlimitTriples(spec.limits, facts.hardMemory, spec.egressSocket !== undefined),
    spec.egressSocket === undefined ? '-' : PROXY_SOCKET,
    spec.umask === undefined ? '-' : String(spec.umask & 0o777),
    ...['prctl', 'prlimit64', 'setsid', 'close_range', 'getrusage'].map(call),
    ...program,
  ];
}

/** Turns a spec into everything the chain of programs needs. Throws INPUT_INVALID and the like. */
export function assembleLaunch(
  spec: CageSpec,
  host: Host,
  facts: RunFacts,
  covered: readonly string[],
): AssembledLaunch {
  const work = spec.workDir === undefined ? null : workFolder(spec.workDir, host.stateDir);
  const mounts = spec.mounts ?? [];
  const program = programFor(spec, work?.spellings ?? []);
  const etcNames = Object.keys(host.world.etc);
  const sources = new Sources(facts.user !== null, FD.etc + etcNames.length, host.withoutIdMaps);
  const layout: CageLayout = {
    world: host.world,
    env: environmentFor(spec),
    work: work === null ? null : sources.add(treeAt(work.path)),
    workAliases: work === null ? [] : workAliases(work, mounts),
    mounts: mounts.map((m) => ({
      source: sources.add(grantedTree(m)),
      inside: m.inside,
      mode: m.mode,
    })),
    covered,
    proxy: spec.egressSocket === undefined ? null : sources.add(socketTree(spec.egressSocket)),
    tmpBytes: spec.limits.tmpBytes,
    unshareIpc: facts.user === null,
    fds: {
      status: FD.status,
      seccomp: FD.seccomp,
      etc: Object.fromEntries(etcNames.map((name, i) => [name, FD.etc + i])),
    },
  };
  const plan = {
    ...sources.bindings,
    parent: process.pid,
    leaf: facts.leaf,
    user: facts.user,
    ipc: facts.user !== null,
    lastFd: FD.etc + etcNames.length + sources.bindings.plain.length - 1,
    exec: [
      ...[host.bwrap, '--args', String(FD.args), '--'],
      ...initCommand(spec, host, facts, program),
    ],
  };
  return {
    plan: encodePlan(plan, host.architecture, host.everyId),
    args: bwrapArguments(layout),
    seccomp: host.filter({
      quiet: spec.seccomp === 'quiet',
      withoutSysv: facts.user === null && !facts.hardMemory,
    }),
    etc: host.etc,
    stdin: spec.stdin === 'pipe',
    user: facts.user,
    lend: sources.lend,
  };
}
