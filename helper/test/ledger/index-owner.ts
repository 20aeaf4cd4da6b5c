import { openLedger } from '../../store/ledger/ledger.ts';
import { pathsOf } from './forge.ts';

/** Opens the log of a folder with a slow build of its index and waits to be killed. */
const [dir, far, slice, pauseMs] = process.argv.slice(2) as [string, string, string, string];
const ledger = await openLedger(pathsOf(dir), {
  rotateKeys: false,
  index: { far: Number(far), slice: Number(slice), pauseMs: Number(pauseMs) },
});
setInterval(() => process.stdout.write(`${JSON.stringify(ledger.indexing())}\n`), 10);
