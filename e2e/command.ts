import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** A state folder of its own with one helper, so that journeys never meet a person's own helper. */
export interface Machine {
  state: string;
  akios(args: readonly string[], options?: { cwd?: string; stdin?: string }): Promise<Ran>;
  dispose(): Promise<void>;
}

/** Runs the CLI as a person would; the helper starts by itself. */
export function newMachine(): Machine {
  const state = mkdtempSync(join(tmpdir(), 'akios-e2e-'));
  const env = { ...process.env, AKIOS_STATE_DIR: state, NO_COLOR: '1' };
  const akios: Machine['akios'] = (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(join(ROOT, 'bin', 'akios'), args, {
        cwd: options.cwd ?? state,
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
      child.stdin.end(options.stdin ?? '');
    });
  return {
    state,
    akios,
    async dispose() {
      await akios(['helper', 'stop']);
      // The helper writes its last lines after it said goodbye; a folder that comes back goes again.
      for (let tries = 0; existsSync(state) && tries < 50; tries += 1) {
        if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 100));
        rmSync(state, { recursive: true, force: true });
      }
    },
  };
}
