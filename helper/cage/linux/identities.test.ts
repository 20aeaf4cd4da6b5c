import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimIdentities } from './identities.ts';

/** Uids that no cage of this machine has: what is reclaimed is ended. */
const RANGES = [[2_000_000_000, 8]] as const;
const SOURCE = join(import.meta.dirname, 'identities.ts');

/**
 * Claims and lets go `rounds` times; while it has a block it marks it, which fails when somebody
 * else has it too. `die` ends it by SIGKILL in the middle of its last claim.
 */
const CLAIMER = `
import { closeSync, openSync, rmSync } from 'node:fs';
import { claimIdentities } from ${JSON.stringify(SOURCE)};
const [registry, rounds, die] = process.argv.slice(2);
for (let n = 1; n <= Number(rounds); n++) {
  const mine = claimIdentities(registry, ${JSON.stringify(RANGES)});
  const mark = registry + '-marks/' + mine.take();
  closeSync(openSync(mark, 'wx'));
  rmSync(mark);
  if (die === 'yes' && n === Number(rounds)) process.kill(process.pid, 'SIGKILL');
  mine.dispose();
}
`;

let root: string;
let registry: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-uids-'));
  registry = join(root, 'uids');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function claimer(rounds: number, die = false): Promise<[number | null, string | null, string]> {
  const words = [registry, String(rounds), die ? 'yes' : 'no'];
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-', ...words], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdin.end(CLAIMER);
  return new Promise((resolve) =>
    child.once('close', (code, signal) => resolve([code, signal, said])),
  );
}

describe('the list of uids in use', () => {
  it('gives a block to one helper only, however many start, end and are killed at once', async () => {
    mkdirSync(`${registry}-marks`);
    const busy = Array.from({ length: 4 }, () => claimer(150));
    const dying = (async () => {
      const ends = [];
      for (let n = 0; n < 8; n++) ends.push(await claimer(3, true));
      return ends;
    })();
    expect(await Promise.all(busy)).toEqual(busy.map(() => [0, null, '']));
    expect(await dying).toEqual(Array.from({ length: 8 }, () => [null, 'SIGKILL', '']));
    // What the killed ones had is free again.
    claimIdentities(registry, RANGES).dispose();
    expect(readdirSync(registry)).toEqual(['lock']);
  });

  it('gives another block to the next helper, and says when none is left', () => {
    const few = [[2_000_000_000, 2]] as const;
    const [one, two] = [claimIdentities(registry, few), claimIdentities(registry, few)];
    expect([one.take(), two.take()]).toEqual([2_000_000_000, 2_000_000_256]);
    expect(() => claimIdentities(registry, few)).toThrow(/No free range of user ids/);
    one.dispose();
    expect(claimIdentities(registry, few).take()).toBe(2_000_000_000);
    two.dispose();
  });
});
