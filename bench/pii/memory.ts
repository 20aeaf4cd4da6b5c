import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { WORKER_HEAP } from '../../helper/engine/pii/pool.ts';

interface Answer {
  megabytes: number;
  found: number;
  halfway: number;
  peak: number;
}

/** Most memory a scan of a log may have resident, whatever its length. */
const LIMIT_MIB = 200;

/** Scans a generated log in a process like those of the helper; its peak of resident memory in MiB is the result. */
export function memoryOfLog(megabytes: number): string {
  const child = join(import.meta.dirname, 'log-child.ts');
  const out = execFileSync(process.execPath, [...WORKER_HEAP, child, String(megabytes)], {
    encoding: 'utf8',
  });
  const { megabytes: read, found, halfway, peak } = JSON.parse(out) as Answer;
  const grown = Math.max(0, peak - halfway);
  return `a log of ${read.toFixed(0)} MB through the stream: ${found} findings, peak resident ${peak.toFixed(0)} MiB (limit ${LIMIT_MIB}), of which the second half added ${grown.toFixed(0)} MiB: ${peak < LIMIT_MIB ? 'holds' : 'MISSED'}`;
}
