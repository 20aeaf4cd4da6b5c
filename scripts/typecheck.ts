import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Each zone is checked with only its own libraries: `shared` sees no Node and no DOM. */
export const ZONES = [
  'shared',
  'shared/node',
  'helper',
  'cli',
  'electron',
  'renderer',
  'e2e',
  'bench',
  'scripts',
] as const;

export interface ZoneResult {
  zone: string;
  ok: boolean;
  output: string;
}

function checkZone(root: string, zone: string): Promise<ZoneResult> {
  return new Promise((resolve) => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const child = spawn(process.execPath, [compiler, '-p', zone, '--pretty', 'false'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve({ zone, ok: false, output: error.message }));
    child.on('close', (code) => resolve({ zone, ok: code === 0, output: output.trim() }));
  });
}

export async function typecheck(root: string): Promise<ZoneResult[]> {
  const results: ZoneResult[] = [];
  for (const zone of ZONES) {
    if (!existsSync(join(root, zone, 'tsconfig.json'))) {
      results.push({ zone, ok: false, output: `${zone}/tsconfig.json is missing` });
      continue;
    }
    results.push(await checkZone(root, zone));
  }
  return results;
}

if (process.argv[1] === import.meta.filename) {
  const results = await typecheck(join(import.meta.dirname, '..'));
  for (const { zone, ok, output } of results) {
    process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${zone}\n${ok ? '' : `${output}\n`}`);
  }
  process.exit(results.every((r) => r.ok) ? 0 : 1);
}
