import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fromBase64 } from '../../../shared/proof/bytes.ts';
import { parseCheckpoint } from '../../../shared/proof/note.ts';
import { verifyConsistency } from '../../../shared/proof/proofs.ts';
import { sha256 } from '../../../shared/proof/sha256.ts';
import { treeHasher } from '../../../shared/proof/tree.ts';
import { type AuditLedger, openLedger } from './ledger.ts';
import { askWitness, parseWitnessKey, type Witness } from './witness.ts';

let dir: string;
let ledger: AuditLedger;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akios-witness-'));
  const paths = { logDir: join(dir, 'a'), trustDir: join(dir, 't'), secretDir: join(dir, 's') };
  ledger = await openLedger(paths);
});
afterEach(async () => {
  await ledger.close();
  rmSync(dir, { recursive: true });
});

const write = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++)
    await ledger.append({ type: 'x.y', actor: { type: 'user', id: 'u' } });
};

/** A witness as the protocol describes it: remembers one checkpoint, checks the proof, cosigns. */
function makeWitness(seen: { size: bigint; root: Uint8Array }): Witness & { vkey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const name = 'witness.example/w1';
  const blob = Buffer.concat([Buffer.of(4), raw]);
  const id = createHash('sha256').update(`${name}\n`).update(blob).digest().subarray(0, 4);
  const vkey = `${name}+${id.toString('hex')}+${blob.toString('base64')}`;
  const post = async (body: string) => {
    const [head, ...rest] = body.split('\n\n');
    const [old, ...proof] = head!.split('\n');
    const text = `${rest[0]}\n`;
    const next = parseCheckpoint(text)!;
    if (old !== `old ${seen.size}`) return { status: 409, text: `${seen.size}\n` };
    const claim = {
      first: seen.size,
      second: next.size,
      firstRoot: seen.root,
      secondRoot: next.root,
    };
    const good =
      seen.size === 0n ||
      verifyConsistency(treeHasher(sha256), { ...claim, proof: proof.map((p) => fromBase64(p)!) });
    if (!good) return { status: 422, text: '' };
    seen.size = next.size;
    seen.root = next.root;
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(1_800_000_000n);
    const message = Buffer.from(`cosignature/v1\ntime 1800000000\n${text}`);
    const line = Buffer.concat([id, time, sign(null, message, privateKey)]).toString('base64');
    return { status: 200, text: `\u2014 ${name} ${line}\n` };
  };
  return { ...parseWitnessKey(vkey)!, post, vkey };
}

it('a witness follows the log, also when its size was forgotten, and a cosigned note still verifies', async () => {
  const seen = { size: 0n, root: new Uint8Array(32) };
  const witness = makeWitness(seen);
  await write(5);
  expect(await askWitness(ledger, witness, 0)).toMatchObject({ size: 6, time: 1_800_000_000 });
  await write(300);
  const { size, note } = await askWitness(ledger, witness, 0);
  expect([BigInt(size), note.split('\u2014').length]).toEqual([seen.size, 3]);
});

it('a rolled back log, a lying witness and a foreign key are refused', async () => {
  await write(3);
  const ahead = makeWitness({ size: 99n, root: new Uint8Array(32) });
  await expect(askWitness(ledger, ahead, 0)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
  const forked = makeWitness({ size: 2n, root: new Uint8Array(32) });
  await expect(askWitness(ledger, forked, 2)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
  const [a, b] = [0, 1].map(() => makeWitness({ size: 0n, root: new Uint8Array(32) }));
  await expect(askWitness(ledger, { ...a!, post: b!.post }, 0)).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
  });
  expect(parseWitnessKey(a!.vkey.replace('+', '+0'))).toBeNull();
});
