import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { bundleWorker } from '../../cage/worker/bundle.ts';
import type { CagedWorker, WorkerGrants } from '../../cage/worker/port.ts';
import { startWorker } from '../../cage/worker/worker.ts';
import type { Deps } from '../../service/deps.ts';
import { projectRedactor } from '../../service/projects/redactor.ts';
import { findInDocument, redactedCopy, redactedText } from '../../service/protect/copies.ts';
import { parseWhole, withAlone } from '../../service/protect/documents.ts';
import { plainBackend } from '../worker/plain-backend.ts';
import { LIMITS } from '../worker/setup.ts';

type Copy = Awaited<ReturnType<typeof redactedCopy>>;

export interface DocumentBench {
  find(name: string, bytes: string | Uint8Array): ReturnType<typeof findInDocument>;
  copy(name: string, bytes: string | Uint8Array): Promise<Copy & { raw: Buffer }>;
  text(name: string, bytes: string | Uint8Array): Promise<string>;
  /** What was found, as text. */
  values(name: string, bytes: string | Uint8Array): Promise<string[]>;
  dispose(): Promise<void>;
}

/** The service of documents with the real worker program, as a plain child: no cage is needed. */
export async function openDocuments(): Promise<DocumentBench> {
  const base = mkdtempSync(join(tmpdir(), 'akios-documents-'));
  const bundle = join(base, 'worker.mjs');
  await bundleWorker(bundle);
  const openWorker = (_id: string, grants: WorkerGrants): Promise<CagedWorker> =>
    startWorker(plainBackend(grants.projectDir, process.execPath), grants, {
      workerBundle: bundle,
      nodePath: process.execPath,
      limits: LIMITS,
    });
  const prober = { recent: async () => ({ level: 'strong' }) };
  const deps = { openWorker, prober } as unknown as Deps;
  const redactor = projectRedactor(null);
  const given = (name: string, bytes: string | Uint8Array) => ({
    file: name,
    base64: Buffer.from(bytes).toString('base64'),
  });
  return {
    find: (name, bytes) => findInDocument(deps, redactor, given(name, bytes)),
    async copy(name, bytes) {
      const copy = await redactedCopy(deps, redactor, given(name, bytes));
      return { ...copy, raw: Buffer.from(copy.base64, 'base64') };
    },
    async text(name, bytes) {
      const { base64 } = await redactedText(deps, redactor, given(name, bytes));
      return Buffer.from(base64, 'base64').toString('utf8');
    },
    values: (name, bytes) =>
      withAlone(deps, given(name, bytes), async ({ worker, path }) => {
        const { text } = await parseWhole(worker, path);
        const { spans } = await redactor.scan(text);
        return spans.map(({ start, end }) => text.slice(start, end));
      }),
    async dispose() {
      await redactor.dispose();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** All bytes of a file as text: packed parts and streams unpacked as well. */
export function everything(file: Buffer): string {
  const parts = [file.toString('latin1'), file.toString('utf16le')];
  if (file.subarray(0, 2).toString() === 'PK') {
    for (const [name, part] of Object.entries(unzipSync(file))) {
      parts.push(name, Buffer.from(part).toString('utf8'));
    }
  }
  const raw = file.toString('latin1');
  for (const match of raw.matchAll(/stream\r?\n/g)) {
    try {
      const start = match.index + match[0].length;
      parts.push(inflateSync(file.subarray(start), { finishFlush: 2 }).toString('latin1'));
    } catch (thrown) {
      // Not every word "stream" begins a packed one.
      if (!(thrown instanceof Error)) throw thrown;
    }
  }
  return parts.join('\n');
}

/** A value in every spelling a file may hold it in. */
export function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    Buffer.from(value, 'utf16le').swap16().toString('hex'),
    bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
    encodeURIComponent(value),
    value.replace(/\D/g, '').length >= 7 ? value.replace(/\D/g, '') : value,
  ];
}
