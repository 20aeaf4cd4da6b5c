/**
 * Scans a generated log of `process.argv[2]` megabytes through the stream and prints, as JSON, the
 * megabytes scanned, what was found and the peak of resident memory, halfway and at the end.
 */
import { createDetector } from '../../helper/core/pii/detector.ts';
import { createRedactionStream } from '../../helper/core/pii/stream.ts';

const megabytes = Number(process.argv[2]);
const CHUNK = 65_536;

/** A service log: most lines hold nothing, some an address, a name, a card or a token. */
function line(n: number): string {
  const head = `2026-11-${10 + (n % 19)}T0${n % 10}:1${n % 6}:2${n % 10}Z INFO request ${n} served in ${n % 911} ms`;
  switch (n % 16) {
    case 3:
      return `${head} user=jane.doe${n % 977}@example.com ip=10.${n % 200}.3.${1 + (n % 250)}\n`;
    case 9:
      return `${head} payment card=4111 1111 1111 1111 amount=${n % 300}.10 EUR\n`;
    case 14:
      return `${head} patient name: Maria Schmidt, SSN: 123-45-6789\n`;
    default:
      return `${head} path=/api/v2/items/${n % 7919} cache=miss worker thread waits for the queue\n`;
  }
}

const stream = createRedactionStream(createDetector());
const total = megabytes * 1_000_000;
let read = 0;
let written = 0;
let halfway = 0;
let held = '';
for (let n = 0; read < total; n++) {
  held += line(n);
  if (held.length < CHUNK) continue;
  read += held.length;
  written += stream.push(held).length;
  held = '';
  if (halfway === 0 && read >= total / 2) halfway = process.resourceUsage().maxRSS;
}
written += stream.flush().length;
const found = Object.values(stream.counts).reduce((sum, n) => sum + n, 0);
const peak = process.resourceUsage().maxRSS;
process.stdout.write(
  JSON.stringify({
    megabytes: read / 1e6,
    written,
    found,
    halfway: halfway / 1024,
    peak: peak / 1024,
  }),
);
