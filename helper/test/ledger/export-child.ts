import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { makeLedger } from '../../store/ledger/bulk.ts';
import type { ExportFormat } from '../../store/ledger/export/formats.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { pathsOf } from './forge.ts';

/** Exports to a disk that is too small, one JSON line for each try. */
const [dir, disk] = process.argv.slice(2) as [string, string];
const actor = { type: 'user', id: 'u' } as const;
const draft = (n: number) => sampleDraft('disk', n);
makeLedger({ paths: pathsOf(dir), events: 2000, sealEvery: 500, salt: 'disk', draft });
const ledger = await openLedger(pathsOf(dir));
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function tryExport(format: ExportFormat, file: string, q?: string): Promise<void> {
  try {
    const { rows } = await ledger.exportTo({
      format,
      file,
      actor,
      ...(q === undefined ? {} : { q }),
    });
    say({ format, rows, receipt: existsSync(`${file}.receipt`) });
  } catch (error) {
    const code = error instanceof AkiosError ? error.code : String(error);
    say({ format, code, left: existsSync(disk) ? readdirSync(disk) : [] });
  }
}

for (const format of ['bundle', 'csv', 'html'] as const)
  await tryExport(format, join(disk, format));
await tryExport('csv', join(disk, 'few'), 'seq:0..5');
await tryExport('csv', join(disk, 'no', 'folder'));
say({ failed: ledger.list({ q: 'type:log.export status:failed', limit: 9 }).total });
say({ ok: ledger.list({ q: 'type:log.export status:ok', limit: 9 }).total });
await ledger.close();
