import { lstatSync, mkdirSync } from 'node:fs';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { CageBackend, CagedProcess, CageSpec, ProbeReport } from '../port.ts';
import { LaunchRefused, Run } from './caged-process.ts';
import { Host } from './host.ts';
import { assembleLaunch } from './launch/assemble-launch.ts';
import { launch } from './launch/launch.ts';
import { probeAll } from './probes/probe.ts';
import type { ProxyTrial } from './probes/proxy-trial.ts';
import { coveredIn } from './sockets.ts';
import { surround } from './surroundings.ts';

export interface LinuxCageOptions {
  /** Private folder of the helper; records that must survive a crash go below it. */
  stateDir: string;
  /** P10: a private folder on the disk where people's folders lie; `stateDir` may be in memory. */
  diskDir?: string;
  /** P6: opens the egress proxy for the trial cage; without it only the bridge is proved. */
  openProxyTrial?: () => Promise<ProxyTrial>;
}

/** The cage of Linux: bubblewrap, our own seccomp filter, cgroup v2 where it can be had. */
export function createLinuxCage(options: LinuxCageOptions): CageBackend {
  return new LinuxCage(options);
}

class LinuxCage implements CageBackend {
  readonly name = 'linux';
  readonly #options: LinuxCageOptions;
  readonly #runs = new Set<CagedProcess>();
  #host: Promise<Host> | null = null;
  #disposed = false;

  constructor(options: LinuxCageOptions) {
    this.#options = options;
  }

  async probe(): Promise<ProbeReport> {
    return probeAll({
      stateDir: this.#options.stateDir,
      diskDir: this.#options.diskDir ?? this.#options.stateDir,
      openHost: () => this.#openHost(),
      spawn: (spec) => this.spawn(spec),
      openProxyTrial: this.#options.openProxyTrial,
    });
  }

  async spawn(spec: CageSpec): Promise<CagedProcess> {
    if (this.#disposed) throw new AkiosError('CAGE_DOWN', 'The cage back end was closed.');
    const host = await this.#openHost();
    const run = await this.#start(spec, host);
    this.#runs.add(run);
    void run.exited.finally(() => this.#runs.delete(run));
    return run;
  }

  async #start(spec: CageSpec, host: Host): Promise<Run> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#attempt(spec, host);
      } catch (error) {
        if (!(error instanceof LaunchRefused)) throw error;
        if (tries < MOST_FILE_SYSTEMS && learnsAboutIdMaps(error, host)) continue;
        throw new AkiosError('CAGE_FAILED', `The cage could not be built: ${error.message}.`, {
          hint: 'Run `akios doctor`: it names the probe that fails and its fix.',
          cause: error,
        });
      }
    }
  }

  async #attempt(spec: CageSpec, host: Host): Promise<Run> {
    const surroundings = surround(spec, host);
    let run: Run;
    try {
      // After the watch began: what comes in between is either covered or new.
      const covered = await coveredIn(spec, host.stateDir);
      const input = assembleLaunch(spec, host, surroundings, covered);
      surroundings.lend(input.lend);
      run = new Run(spec.id, launch(input), surroundings);
    } catch (error) {
      await surroundings.release();
      throw error;
    }
    try {
      await run.started();
      return run;
    } catch (error) {
      await run.exited;
      throw error;
    }
  }

  /** Opened by the first use; a failure is told, and tried anew the next time. */
  async #openHost(): Promise<Host> {
    if (this.#host !== null) return this.#host;
    mkdirSync(this.#options.stateDir, { recursive: true, mode: 0o700 });
    const opening = Host.open(this.#options.stateDir);
    this.#host = opening;
    try {
      return await opening;
    } catch (error) {
      this.#host = null;
      throw error;
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([...this.#runs].map((r) => r.kill('killed', 'The helper is closing.')));
    const host = await this.#host;
    this.#host = null;
    await host?.dispose();
  }
}

const MOST_FILE_SYSTEMS = 8;

/** A file system that cannot map ids is remembered: its folders change owner for the run instead. */
function learnsAboutIdMaps(error: LaunchRefused, host: Host): boolean {
  const path = /^idmap (.+)$/s.exec(error.what)?.[1];
  const device = path === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false })?.dev;
  if (device === undefined || host.withoutIdMaps.has(device)) return false;
  host.withoutIdMaps.add(device);
  return true;
}
