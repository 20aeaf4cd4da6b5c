import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Contract } from '../../../shared/contract/table.ts';
import { ERROR_EXIT } from '../../../shared/domain/errors.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { ProjectRegistry } from '../../store/projects/registry.ts';
import { OFFICER, ServiceRig } from './rig.ts';

let rig: ServiceRig;
let before: Record<string, string>;
const call: ServiceRig['call'] = (name, input) => rig.call(name, input);

/** Changes the text of one record and nothing else. */
function changeRecord(file: string, seq: number): void {
  const db = new Database(file);
  const done = db
    .prepare(`UPDATE events SET body = replace(body, '"type":', '"tYpe":') WHERE idx = ?`)
    .run(seq);
  expect(done.changes).toBe(1);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** Content of every file of the log. Readers of SQLite leave an empty log and shared memory. */
function contents(): Record<string, string> {
  const dir = join(rig.project, 'audit');
  const digest = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(dir, name)))
      .digest('hex');
  return Object.fromEntries(
    (readdirSync(dir, { recursive: true }) as string[])
      .filter((name) => statSync(join(dir, name)).isFile() && !name.endsWith('-shm'))
      .filter((name) => !(name.endsWith('-wal') && statSync(join(dir, name)).size === 0))
      .sort()
      .map((name) => [name, digest(name)]),
  );
}

beforeAll(async () => {
  rig = new ServiceRig('broken-service');
  await rig.init();
  for (let i = 0; i < 9; i++) await call('audit.verify');
  await rig.restart(async () => {
    changeRecord(join(rig.project, 'audit', 'audit.db'), 7);
    const user = new ProjectRegistry(rig.state).userLedgerPaths();
    await (await openLedger(user)).close();
    changeRecord(join(user.logDir, 'audit.db'), 0);
    before = contents();
  });
});
afterAll(() => rig.close());

const BROKEN = { code: 'LEDGER_BROKEN', message: expect.stringContaining('Record 7') };

describe('a project whose ledger was changed while the helper was down', () => {
  it('is shown blocked with the reason, and nothing that was proved before counts', async () => {
    expect(await call('cage.status')).toMatchObject({
      state: 'blocked',
      posture: 'UNKNOWN',
      reasons: ['Record 7 does not fit the tree of the log.'],
    });
    expect(await call('project.open')).toMatchObject({ cage: 'blocked' });
    const status = await call('status.get');
    expect(status.audit_status).toContain('BROKEN');
    expect((await call('status.security')).compliance_indicators).toMatchObject({
      merkle_integrity: false,
      tamper_evident_audit: false,
    });
  });

  it('can be read: rows, filters, records, proofs, checkpoints, numbers, runs', async () => {
    const list = await call('audit.list');
    expect(list.items.map((row) => row.seq)).toContain(7);
    expect(list.total).toBe(list.size);
    const found = await call('audit.list', { q: 'type:project.init' });
    expect(found.total).toBe(1);
    expect((await call('audit.record', { seq: 7 })).body).toContain('tYpe');
    expect((await call('audit.records', { from: 0, count: 5 })).items).toHaveLength(5);
    const { checkpoint } = await call('audit.checkpoint');
    const proof = await call('audit.proof', { seq: 3 });
    expect(proof.root).toBe(checkpoint?.root);
    expect(await call('audit.stats')).toMatchObject({ events: list.size });
    expect(await call('audit.exports')).toEqual({ items: [] });
    expect((await call('audit.check', { note: checkpoint?.note })).verdict).toBe('consistent');
    expect((await call('run.list')).items).toEqual([]);
    await call('budget.get');
  });

  it('is verified although the verification can have no row, and says so', async () => {
    const report = await call('audit.verify');
    expect(report).toMatchObject({ ok: false, exitCode: 1, recorded: false });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'LEAF_MISMATCH', index: 7 }),
    );
    expect((await call('audit.stats')).lastVerify).toMatchObject({ ok: false, recorded: false });
  });

  it('gives the doctor something to say', async () => {
    const { checks, healthy } = await call('doctor');
    expect(healthy).toBe(false);
    expect(checks).toContainEqual(expect.objectContaining({ id: 'C2', status: 'FAIL' }));
  });

  it('opens the event stream with a snapshot', async () => {
    const events: { kind: string; data: string }[] = [];
    const handle = await rig.wired.service.stream(
      { project: rig.project },
      OFFICER,
      (_id, kind, data) => events.push({ kind, data }),
    );
    await expect.poll(() => events.length).toBeGreaterThan(0);
    handle.close();
    expect(events[0]?.data).toContain('"blocked"');
  });

  const refused: [keyof Contract, object][] = [
    ['cage.up', {}],
    ['cage.probe', {}],
    ['cage.down', { keepData: true }],
    ['run.start', { workflow: 'workflows/sample.yml' }],
    ['run.refuseExec', { argument: 'ls' }],
    ['http.request', { method: 'GET', url: 'https://example.com/' }],
    ['protect.preview', { text: 'Jane Roe', raw: true }],
    ['project.configure', { set: { environment: 'production' } }],
    ['audit.rotate', {}],
    ['audit.anchor', {}],
    ['audit.prune', { days: 4000, reason: 'test' }],
    ['audit.export', { format: 'jsonl', file: join(tmpdir(), 'akios-never-written') }],
  ];
  it.each(refused)('refuses %s', async (name, input) => {
    await expect(call(name, input)).rejects.toMatchObject(BROKEN);
    expect(ERROR_EXIT.LEDGER_BROKEN).toBe(5);
  });

  it('starts no program in the project, nor one outside when that ledger is broken too', async () => {
    const attach = (input: object) =>
      rig.wired.service.attach({ argv: ['/bin/true'], ...input }, OFFICER);
    await expect(attach({ project: rig.project })).rejects.toMatchObject(BROKEN);
    await expect(attach({})).rejects.toMatchObject({
      code: 'LEDGER_BROKEN',
      message: expect.stringContaining('programs outside projects'),
      hint: expect.stringContaining('akios audit verify --log'),
    });
  });

  it('shows redacted text, which leaves no row', async () => {
    const shown = await call('protect.preview', { text: 'mail jane.roe@example.com' });
    expect(shown.raw).toBeNull();
    expect(shown.redacted).not.toContain('jane.roe@example.com');
  });

  it('stops everything in an emergency without failing on the log', async () => {
    expect((await call('panic')).stopped).toEqual([]);
  });

  it('stays byte for byte what it was', () => {
    expect(contents()).toEqual(before);
  });
});

describe('faults that are no damage', () => {
  it('a second helper is told so; it gets no read-only view', async () => {
    const other = join(rig.state, 'other');
    await rig.init(other);
    const second = rig.another();
    try {
      await expect(
        second.service.call('cage.status', { project: other }, OFFICER),
      ).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
    } finally {
      await second.dispose();
    }
  });
});
