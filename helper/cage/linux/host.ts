import { existsSync } from 'node:fs';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { acquireBase, type CgroupBase, type NoCgroup, removeBase } from './cgroup/base.ts';
import { claimIdentities, type Identities, mapsEveryId } from './identities.ts';
import { KernelLog } from './kernel-log.ts';
import { MemoryFile } from './launch/files.ts';
import { PERL } from './launch/launch.ts';
import { findWorld, type World } from './launch/world.ts';
import { Lender } from './ownership.ts';
import type { Architecture } from './seccomp/assemble.ts';
import { architectureOf, filterBytes } from './seccomp/filter.ts';

export const BWRAP_PLACES = ['/usr/bin/bwrap', '/bin/bwrap', '/usr/local/bin/bwrap'];

export function findBwrap(): string | null {
  return BWRAP_PLACES.find((path) => existsSync(path)) ?? null;
}

/** What is the same for every cage of this helper: found once, held open. */
export class Host {
  readonly stateDir: string;
  readonly architecture: Architecture;
  readonly bwrap: string;
  readonly world: World;
  readonly isRoot: boolean;
  readonly everyId: boolean;
  readonly identities: Identities | null;
  #cgroup: CgroupBase | NoCgroup;
  readonly kernelLog: KernelLog | null;
  readonly lender: Lender;
  /** File systems that were found unable to map ids. */
  readonly withoutIdMaps = new Set<number>();
  readonly etc: readonly MemoryFile[];
  readonly #filters = new Map<string, MemoryFile>();

  static async open(stateDir: string): Promise<Host> {
    return new Host(stateDir, await acquireBase());
  }

  private constructor(stateDir: string, cgroup: CgroupBase | NoCgroup) {
    const architecture = architectureOf();
    if (architecture === null) {
      throw new AkiosError('CAGE_UNPROVED', `There is no filter for ${process.arch}.`, {
        hint: 'x86-64 and arm64 are supported.',
      });
    }
    const bwrap = findBwrap();
    if (bwrap === null || !existsSync(PERL)) {
      const lacking = bwrap === null ? 'bubblewrap' : 'perl';
      throw new AkiosError('CAGE_UNPROVED', `${lacking} is not installed.`, {
        hint: `Install it: sudo apt-get install ${bwrap === null ? 'bubblewrap' : 'perl-base'}`,
      });
    }
    this.stateDir = stateDir;
    this.#cgroup = cgroup;
    this.kernelLog = KernelLog.open();
    this.architecture = architecture;
    this.bwrap = bwrap;
    this.world = findWorld();
    this.isRoot = process.getuid?.() === 0;
    this.everyId = mapsEveryId();
    this.identities = this.isRoot ? claimIdentities() : null;
    this.lender = new Lender(stateDir);
    this.lender.recover();
    this.etc = Object.entries(this.world.etc).map(([name, bytes]) => new MemoryFile(name, bytes));
  }

  get cgroup(): CgroupBase | NoCgroup {
    return this.#cgroup;
  }

  /** A user manager may come up after the helper: every probe looks anew for a group. */
  async lookForCgroup(): Promise<void> {
    if (!this.#cgroup.hard) this.#cgroup = await acquireBase();
  }

  /** The filter for a run, compiled once per variant. */
  filter(variant: { quiet: boolean; withoutSysv: boolean }): MemoryFile {
    const key = `${variant.quiet}:${variant.withoutSysv}`;
    const known = this.#filters.get(key);
    if (known !== undefined) return known;
    const made = new MemoryFile('filter', filterBytes(this.architecture, variant));
    this.#filters.set(key, made);
    return made;
  }

  async dispose(): Promise<void> {
    for (const file of [...this.etc, ...this.#filters.values()]) file.dispose();
    this.#filters.clear();
    this.kernelLog?.dispose();
    await removeBase(this.#cgroup);
    this.identities?.dispose();
  }
}
