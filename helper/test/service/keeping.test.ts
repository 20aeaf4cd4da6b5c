import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import type { Contract } from '../../../shared/contract/table.ts';
import { findProduct } from '../../product.ts';
import type { CallContext } from '../../service/service.ts';
import { type Wired, wire } from '../../wiring.ts';

let state: string;
let project: string;
let wired: Wired;

const start = (): Wired =>
  wire({
    product: findProduct(join(import.meta.dirname, '..', '..')),
    stateDir: state,
    socket: join(state, 'run', 'helper.sock'),
    env: process.env,
    serve: () => {
      throw new Error('not served here');
    },
    stop: () => undefined,
  });

const context: CallContext = {
  caller: { name: 'officer', role: 'admin', via: 'socket' },
  requestId: 'r',
  signal: new AbortController().signal,
};

async function call<N extends keyof Contract>(
  name: N,
  input: object = {},
): Promise<z.output<Contract[N]['output']>> {
  const value = await wired.service.call(name, { project, ...input }, context);
  return value as z.output<Contract[N]['output']>;
}

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'akios-keeping-'));
  project = join(state, 'claims');
  wired = start();
  await wired.service.call('project.init', { path: project }, context);
});
afterEach(async () => {
  await wired.dispose();
  rmSync(state, { recursive: true, force: true });
});

describe('how long records are kept', () => {
  it('changes on the record, also when it is written into the settings file by hand', async () => {
    const set = (text: string): void => appendFileSync(join(project, 'config.yaml'), text);
    await call('audit.list');
    set('\naudit_legal_hold: true\n');
    await expect(call('audit.prune', { days: 0 })).rejects.toMatchObject({ code: 'LEGAL_HOLD' });
    const q = 'type:audit.keeping';
    let { items } = await call('audit.list', { q });
    while (items.length === 0) {
      await new Promise((wake) => setTimeout(wake, 5));
      ({ items } = await call('audit.list', { q }));
    }
    expect(items).toMatchObject([{ actor: 'settings' }]);
    const { body } = await call('audit.record', { seq: items[0]!.seq });
    const { data } = JSON.parse(body!) as { data: { before: string; now: string } };
    expect(data).toMatchObject({
      before: expect.stringMatching(/^hold off, /),
      now: expect.stringMatching(/^hold on, .*on cage down keep$/),
    });
    set('log_level: DEBUG\n');
    await call('audit.stats');
    expect((await call('audit.list', { q })).total).toBe(1);
  });
});

describe('a record in the middle that cannot be read, and no search index', () => {
  it('is shown as the broken log it is', async () => {
    for (let n = 0; n < 300; n++) await call('audit.anchor');
    await wired.dispose();
    const db = new Database(join(project, 'audit', 'audit.db'));
    db.prepare('UPDATE events SET body = substr(body, 2) WHERE idx = 40').run();
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    rmSync(join(project, 'audit', 'search.db'));
    wired = start();
    expect(await call('cage.status')).toMatchObject({
      state: 'blocked',
      reasons: [expect.stringContaining('Record 40')],
    });
    await expect(call('audit.anchor')).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
    expect((await call('audit.list', { limit: 3 })).items).toHaveLength(3);
    expect(await call('audit.verify')).toMatchObject({ ok: false, exitCode: 1 });
  });
});
