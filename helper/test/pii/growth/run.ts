import { spawn } from 'node:child_process';

const SHARES = 2;

async function share(args: readonly string[], index: number): Promise<string[]> {
  const child = spawn(process.execPath, [...args, String(index), String(SHARES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`counting ended with ${String(code)}`);
  return Buffer.concat(chunks).toString('utf8').split('\n').filter(Boolean);
}

/** The JSON lines a counting program prints, run in two halves at once. */
export async function countInHalves<T>(args: readonly string[]): Promise<T[]> {
  const halves = await Promise.all([share(args, 0), share(args, 1)]);
  return halves.flat().map((line) => JSON.parse(line) as T);
}
