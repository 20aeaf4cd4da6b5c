import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLedger } from './ledger.ts';
import { importLegacy } from './migrate.ts';
import type { Actor } from './port.ts';

const WHO: Actor = { type: 'user', id: 'u' };

it('takes an old log in by digest, with names but never with its texts', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'akios-legacy-'));
  const paths = { logDir: join(dir, 'audit'), trustDir: join(dir, 't'), secretDir: join(dir, 's') };
  const old = join(dir, 'audit_events.jsonl');
  const line = {
    workflow_id: 'wf-1',
    step: 2,
    agent: 'llm',
    action: 'complete',
    result: 'jane.doe@example.com said yes',
    metadata: { prompt: 'call +49 30 1234567' },
    timestamp: '2025-11-02T10:00:00.000000+00:00Z',
  };
  writeFileSync(old, `${JSON.stringify(line)}\n\nnot json\n`);
  const ledger = await openLedger(paths);
  const done = await importLegacy(ledger, paths, old, WHO);
  expect(done).toMatchObject({ lines: 2, unreadable: 1 });
  expect(readFileSync(done.attachment)).toEqual(readFileSync(old));
  const [event] = ledger.list({ q: 'type:legacy.event status:ok', limit: 5 }).items;
  const body = ledger.record(event!.seq).body!;
  expect(JSON.parse(body)).toMatchObject({
    data: { line: 1, agent: 'llm', action: 'complete', step: 2 },
  });
  expect(body).not.toContain('jane');
  expect(ledger.openIntents()).toEqual([]);
  symlinkSync(old, join(dir, 'link'));
  await expect(importLegacy(ledger, paths, join(dir, 'link'), WHO)).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
  await expect(importLegacy(ledger, paths, join(dir, 'none'), WHO)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
  await ledger.close();
  rmSync(dir, { recursive: true });
});
