import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { LedgerPaths } from '../../store/ledger/port.ts';

/**
 * What an attacker with write access can do to a log: any row, and any part of the derived data
 * brought into line again. Written against the published format, not with the product's code.
 */
export interface Forgery {
  dir: string;
  paths: LedgerPaths;
  db: Database.Database;
}

export interface ForgedKey {
  privateKey: KeyObject;
  raw: Buffer;
}

const h = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const p of parts) hash.update(p);
  return hash.digest();
};

export function pathsOf(dir: string): LedgerPaths {
  return { logDir: join(dir, 'log'), trustDir: join(dir, 'trust'), secretDir: join(dir, 'secret') };
}

export function forge(dir: string): Forgery {
  const db = new Database(join(dir, 'log', 'audit.db'));
  return { dir, paths: pathsOf(dir), db };
}

export function leafOf(body: string | Uint8Array): Buffer {
  return h(Buffer.of(0), typeof body === 'string' ? Buffer.from(body) : body);
}

export function nodeOf(left: Uint8Array, right: Uint8Array): Buffer {
  return h(Buffer.of(1), left, right);
}

export function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return h();
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeOf(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

export function body(f: Forgery, idx: number): Record<string, unknown> {
  const text = f.db.prepare('SELECT body FROM events WHERE idx = ?').pluck().get(idx) as string;
  return JSON.parse(text) as Record<string, unknown>;
}

/** Sorted keys, one level deep enough for the sample events. */
export function canon(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canon).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canon(v)}`).join(',')}}`;
}

/** Replaces a body; with `rehash` also its leaf. */
export function setBody(f: Forgery, idx: number, text: string, rehash: boolean): void {
  f.db.prepare('UPDATE events SET body = ? WHERE idx = ?').run(text, idx);
  if (rehash) f.db.prepare('UPDATE events SET leaf = ? WHERE idx = ?').run(leafOf(text), idx);
}

function leaves(f: Forgery): Buffer[] {
  return f.db.prepare('SELECT leaf FROM events ORDER BY idx').pluck().all() as Buffer[];
}

export function fixTiles(f: Forgery): void {
  f.db.exec('DELETE FROM tiles');
  const put = f.db.prepare('INSERT INTO tiles VALUES(?,?,?)');
  let level: Uint8Array[] = leaves(f);
  for (let k = 0; level.length > 0; k++) {
    const next: Uint8Array[] = [];
    for (let n = 0; n * 256 < level.length; n++) {
      const part = level.slice(n * 256, n * 256 + 256);
      put.run(k, n, Buffer.concat(part));
      if (part.length === 256) next.push(mth(part));
    }
    level = next;
  }
}

export function fixHead(f: Forgery): void {
  const all = leaves(f);
  const range: Uint8Array[] = [];
  for (let bit = 2 ** 24, from = 0; bit >= 1; bit /= 2) {
    if ((all.length - from) / bit >= 1) {
      range.push(mth(all.slice(from, from + bit)));
      from += bit;
    }
  }
  f.db.prepare('UPDATE head SET size = ?, crange = ?').run(all.length, Buffer.concat(range));
}

export function vkeyName(f: Forgery): string {
  return readFileSync(join(f.paths.trustDir, 'log.vkey'), 'utf8').split('+')[0]!;
}

export function stolenKey(f: Forgery): ForgedKey {
  return keyOf(createPrivateKey(readFileSync(join(f.paths.secretDir, 'key.pem'))));
}

export function otherKey(): ForgedKey {
  return keyOf(generateKeyPairSync('ed25519').privateKey);
}

function keyOf(privateKey: KeyObject): ForgedKey {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, raw: Buffer.from(x!, 'base64url') };
}

export function vkeyOf(key: ForgedKey, name: string): string {
  const blob = Buffer.concat([Buffer.of(1), key.raw]);
  const id = h(Buffer.from(`${name}\n`), blob).subarray(0, 4);
  return `${name}+${id.toString('hex')}+${blob.toString('base64')}`;
}

export function signatureLine(key: ForgedKey, name: string, text: string): string {
  const id = Buffer.from(vkeyOf(key, name).split('+')[1]!, 'hex');
  const blob = Buffer.concat([id, sign(null, Buffer.from(text), key.privateKey)]);
  return `\u2014 ${name} ${blob.toString('base64')}\n`;
}

export function noteOf(key: ForgedKey, name: string, size: number, root: Uint8Array): string {
  const text = `${name}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
  return `${text}\n${signatureLine(key, name, text)}`;
}

/** All checkpoints over the present rows, at their old sizes and at the end. */
export function resign(f: Forgery, key: ForgedKey, name = vkeyName(f)): void {
  const all = leaves(f);
  const sizes = f.db
    .prepare('SELECT size FROM checkpoints ORDER BY size')
    .pluck()
    .all() as number[];
  f.db.exec('DELETE FROM checkpoints');
  const wanted = new Set([...sizes.filter((s) => s <= all.length), all.length]);
  const put = f.db.prepare('INSERT INTO checkpoints VALUES(?,?)');
  for (const size of wanted) put.run(size, noteOf(key, name, size, mth(all.slice(0, size))));
}

export function fixAll(f: Forgery): void {
  fixTiles(f);
  fixHead(f);
}

/** A further row like the last, with these changes. */
export function appendForged(f: Forgery, changes: Record<string, unknown> = {}): void {
  const idx = f.db.prepare('SELECT max(idx) + 1 FROM events').pluck().get() as number;
  const event = { ...body(f, idx - 1), seq: idx, ...changes };
  const text = canon(event);
  const row = [idx, leafOf(text), event['ts' as never], event['type' as never], text];
  f.db.prepare('INSERT INTO events VALUES(?,?,?,?,?)').run(...row);
}

/** Leaves one plain database file, as a copy by hand would be. */
export function settle(f: Forgery): void {
  f.db.pragma('wal_checkpoint(TRUNCATE)');
  f.db.close();
  for (const end of ['-wal', '-shm'])
    rmSync(join(f.paths.logDir, `audit.db${end}`), { force: true });
}
