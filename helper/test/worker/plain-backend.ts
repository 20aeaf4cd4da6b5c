import { type ChildProcess, spawn } from 'node:child_process';
import type { CageBackend, CagedProcess, CageExit, CageSpec } from '../../cage/port.ts';

/**
 * Runs the worker as a plain child, WITHOUT any cage: for tests of the program itself and of the
 * protocol. What only mounts and namespaces can stop is tested against the real cage.
 */
export function plainBackend(rootInside: string, nodePath: string, program?: string): CageBackend {
  const running = new Set<ChildProcess>();
  const start = (spec: CageSpec): CagedProcess => {
    const bundle = spec.mounts?.find((mount) => mount.inside === '/opt/akios/worker.mjs')?.host;
    const flags = spec.argv.slice(1).filter((arg) => arg.startsWith('--'));
    const child = spawn(nodePath, [...flags, program ?? bundle ?? '', rootInside], {
      stdio: 'pipe',
      env: {},
    });
    running.add(child);
    const exited = new Promise<CageExit>((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({
          end: code === 0 ? 'exit' : 'killed',
          code,
          signal,
          detail: `ended with ${code ?? signal}`,
          usage: { wallMs: 0, cpuMs: null, maxRssBytes: null },
        });
      });
    });
    return {
      id: spec.id,
      pid: child.pid ?? 0,
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      exited,
      kill: () => {
        child.kill('SIGKILL');
        return exited;
      },
    };
  };
  return {
    name: 'plain child (test only)',
    probe: () => Promise.reject(new Error('not a cage')),
    spawn: async (spec) => start(spec),
    dispose: async () => {
      for (const child of running) child.kill('SIGKILL');
    },
  };
}
