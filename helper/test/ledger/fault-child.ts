import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { type AuditLedger, openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import type { EventDraft } from '../../store/ledger/port.ts';
import { pathsOf } from './forge.ts';

/**
 * A writer to be killed, starved or lied to by the kernel. Says on stdout, one JSON line each,
 * what was acknowledged and how it ended.
 */
const [mode, dir, amount] = process.argv.slice(2) as [string, string, string];
const paths = pathsOf(dir);
const say = (line: unknown): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const draft = (text: string): EventDraft => ({
  type: 'tool.call',
  actor: { type: 'agent', id: 'a' },
  data: { text },
});
const codeOf = (error: unknown): string =>
  error instanceof AkiosError ? error.code : String(error);

async function tryAppend(ledger: AuditLedger, text: string): Promise<string> {
  try {
    const { seq, id } = await ledger.append(draft(text));
    say({ ack: seq, id });
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

function verdict(): number {
  const { logDir, trustDir } = paths;
  return verifyLog({
    logDir,
    vkeyFile: join(trustDir, 'log.vkey'),
    anchorFile: join(trustDir, 'anchor.note'),
  }).exitCode;
}

/** Callers in a closed loop until the process is killed. */
async function appendForever(): Promise<void> {
  const ledger = await openLedger(paths, { sources: systemSources('b') });
  const caller = async (): Promise<void> => {
    while ((await tryAppend(ledger, 'x')) === 'ok');
  };
  await Promise.all(Array.from({ length: Number(amount) }, caller));
}

async function fillDisk(): Promise<void> {
  const ledger = await openLedger(paths, { sources: systemSources('b') });
  const filler = join(dir, 'filler');
  writeFileSync(filler, Buffer.alloc(1_000_000));
  let code = 'ok';
  for (let i = 0; i < 10_000 && code === 'ok'; i++)
    code = await tryAppend(ledger, 'y'.repeat(4000));
  say({ full: code, again: await tryAppend(ledger, 'y'.repeat(4000)) });
  rmSync(filler);
  say({ after: await tryAppend(ledger, 'z') });
  await ledger.close();
  say({ verdict: verdict() });
}

/** The disk is full after 0, 1, 2 ... more pages: in the log itself, its move, its beginning anew. */
async function fillEdges(): Promise<void> {
  const ledger = await openLedger(paths, { sources: systemSources('b') });
  ledger.db.pragma('wal_autocheckpoint = 48');
  for (let edge = 0; edge < Number(amount); edge++) {
    const filler = join(dir, 'filler');
    const { bavail, bsize } = statfsSync(dir);
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail - edge) * bsize));
    let code = 'ok';
    for (let i = 0; i < 200 && code === 'ok'; i++) code = await tryAppend(ledger, 'y'.repeat(3000));
    rmSync(filler);
    say({ edge, full: code, after: await tryAppend(ledger, 'z'), verdict: verdict() });
  }
  await ledger.close();
  say({ verdict: verdict() });
}

async function appendSome(): Promise<void> {
  const ledger = await openLedger(paths, { sources: systemSources('b') });
  for (let i = 0; i < Number(amount); i++) say({ try: await tryAppend(ledger, `n${i}`) });
  process.exit(0);
}

/** As `appendSome`, with a write-ahead file that is moved into the database every few events. */
async function appendSmallWal(): Promise<void> {
  const ledger = await openLedger(paths, { sources: systemSources('b') });
  ledger.db.pragma('wal_autocheckpoint = 48');
  for (let i = 0; i < Number(amount); i++) await tryAppend(ledger, `n${i}`);
  process.exit(0);
}

async function openOnly(): Promise<void> {
  say({ verdict: verdict() });
  try {
    await openLedger(paths);
    say({ open: 'ok' });
  } catch (error) {
    say({ open: codeOf(error) });
  }
}

const modes: Record<string, () => Promise<void>> = {
  appendForever,
  fillDisk,
  fillEdges,
  appendSome,
  appendSmallWal,
  openOnly,
};
await modes[mode]!();
