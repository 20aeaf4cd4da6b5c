import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceRig } from './rig.ts';

let rig: ServiceRig;
const call: ServiceRig['call'] = (name, input) => rig.call(name, input);

beforeEach(async () => {
  rig = new ServiceRig('keeping');
  await rig.init();
});
afterEach(() => rig.close());

describe('how long records are kept', () => {
  it('changes on the record, also when it is written into the settings file by hand', async () => {
    const set = (text: string): void => appendFileSync(join(rig.project, 'config.yaml'), text);
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
    const audit = join(rig.project, 'audit');
    await rig.restart(() => {
      const db = new Database(join(audit, 'audit.db'));
      db.prepare('UPDATE events SET body = substr(body, 2) WHERE idx = 40').run();
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
      rmSync(join(audit, 'search.db'));
    });
    expect(await call('cage.status')).toMatchObject({
      state: 'blocked',
      reasons: [expect.stringContaining('Record 40')],
    });
    await expect(call('audit.anchor')).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
    expect((await call('audit.list', { limit: 3 })).items).toHaveLength(3);
    expect(await call('audit.verify')).toMatchObject({ ok: false, exitCode: 1 });
  });
});
