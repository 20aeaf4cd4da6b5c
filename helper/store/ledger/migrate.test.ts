import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLedger } from './ledger.ts';
import { importLegacy } from './migrate.ts';
import type { Actor } from './port.ts';

const WHO: Actor = { type: 'user', id: 'u' };
const LINE = {
  workflow_id: 'wf-1',
  step: 2,
  agent: 'llm',
  action: 'complete',
  result: 'jane.doe@example.com said yes',
  metadata: { prompt: 'call +49 30 1234567' },
  timestamp: '2025-11-02T10:00:00.000000+00:00Z',
};

async function withLedger(
  use: (
    ledger: Awaited<ReturnType<typeof openLedger>>,
    paths: { logDir: string; trustDir: string; secretDir: string },
  ) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'akios-legacy-'));
  const paths = { logDir: join(dir, 'audit'), trustDir: join(dir, 't'), secretDir: join(dir, 's') };
  const ledger = await openLedger(paths);
  try {
    await use(ledger, paths);
  } finally {
    await ledger.close();
    rmSync(dir, { recursive: true });
  }
}

it('takes an old log in by digest, with names but never with its texts', async () => {
  await withLedger(async (ledger, paths) => {
    const old = Buffer.concat([
      Buffer.from(`${JSON.stringify(LINE)}\r\n\n \nnot json\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
    ]);
    const done = await importLegacy(ledger, paths, old, WHO);
    expect(done).toMatchObject({ lines: 3, unreadable: 2, known: 0 });
    expect(readFileSync(done.attachment)).toEqual(old);
    expect(statSync(done.attachment).mode & 0o777).toBe(0o600);
    const [event] = ledger.list({ q: 'type:legacy.event status:ok', limit: 5 }).items;
    const body = ledger.record(event!.seq).body!;
    expect(JSON.parse(body)).toMatchObject({
      data: { line: 1, agent: 'llm', action: 'complete', step: 2 },
    });
    expect(body).not.toContain('jane');
    expect(ledger.openIntents()).toEqual([]);
  });
});

it('records no line twice when the same file is given again', async () => {
  await withLedger(async (ledger, paths) => {
    const old = Buffer.from(`${JSON.stringify(LINE)}\n`.repeat(450));
    expect(await importLegacy(ledger, paths, old, WHO)).toMatchObject({ lines: 450, known: 0 });
    expect(await importLegacy(ledger, paths, old, WHO)).toMatchObject({ lines: 450, known: 450 });
    expect(ledger.list({ q: 'type:legacy.event', limit: 1 }).total).toBe(450);
    expect(readdirSync(join(paths.logDir, 'attachments'))).toHaveLength(1);
  });
});

it('refuses a planted link and closes what it had begun', async () => {
  await withLedger(async (ledger, paths) => {
    const elsewhere = join(paths.logDir, '..', 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(paths.logDir, 'attachments'));
    await expect(importLegacy(ledger, paths, Buffer.from('{}\n'), WHO)).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    });
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(ledger.openIntents()).toEqual([]);
    expect(ledger.list({ q: 'type:legacy.event', limit: 1 }).total).toBe(0);
  });
});
