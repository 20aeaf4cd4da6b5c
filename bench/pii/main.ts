/**
 * `npm run bench:pii`: quality on a generated, labelled set and on text found on the machine, and
 * throughput beside plain sequential regular expressions in the same run.
 *   --seed N  --docs N  --evaded SHARE  --types  --confusion  --format-table  --quick
 *   --log-mb N: megabytes of the log whose scan is measured for memory (default 128; 1024 for a gigabyte)
 */
import { join } from 'node:path';
import { createDetector } from '../../helper/core/pii/detector.ts';
import { cleanText } from './clean-text.ts';
import { generate } from './generate.ts';
import { handmadeLine, scoreHandmade } from './handmade.ts';
import { memoryOfLog } from './memory.ts';
import { addDocument, emptyScore, type Score, summarise } from './score.ts';
import { throughput } from './throughput.ts';

const args = process.argv.slice(2);
const option = (name: string, fallback: number) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(args[at + 1]);
};
const seed = option('seed', 20261121);
const docs = option('docs', 4000);
const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
const print = (line: string) => process.stdout.write(`${line}\n`);
const detector = createDetector();

function run(evaded: number): Score {
  const score = emptyScore();
  for (const document of generate(seed + (evaded > 0 ? 1 : 0), docs, evaded)) {
    addDocument(score, document, detector.detect(document.text).spans);
  }
  return score;
}

function report(name: string, score: Score): void {
  const s = summarise(score);
  print(
    `${name}: typed P ${percent(s.precision)} R ${percent(s.recall)} F1 ${percent(s.f1)} | macro-F1 ${percent(s.macroF1)} | any-type recall ${percent(s.anyRecall)} | leak ${percent(s.leak)} | hard negatives hit ${percent(s.negativesHit)} | types with R >= 95 %: ${s.typesAbove95}`,
  );
}

function typeTable(score: Score): void {
  for (const [type, t] of [...score.types].sort(
    (a, b) => a[1].found / (a[1].gold || 1) - b[1].found / (b[1].gold || 1),
  )) {
    const r = t.gold ? percent(t.found / t.gold) : 'n/a';
    const p = t.predicted ? percent(t.right / t.predicted) : 'n/a';
    print(
      `  ${type.padEnd(22)} R ${r.padStart(8)}  P ${p.padStart(8)}  any ${t.gold ? percent(t.any / t.gold).padStart(8) : 'n/a'}  n ${t.gold}`,
    );
  }
}

print(`seed ${seed}, ${docs} documents, three languages, ${new Date().toISOString().slice(0, 10)}`);
const plain = run(0);
report('not evaded', plain);
const evaded = run(1);
report('evaded    ', evaded);
print(handmadeLine(scoreHandmade(detector)));
if (args.includes('--types')) typeTable(plain);
if (args.includes('--format-table')) {
  for (const [format, b] of plain.byFormat)
    print(
      `  ${format.padEnd(14)} typed R ${percent(b.found / b.gold)}  any ${percent(b.any / b.gold)}`,
    );
}
print('evasions, any-type recall:');
for (const [kind, b] of evaded.byEvasion)
  print(
    `  ${kind.padEnd(14)} ${percent(b.any / b.gold).padStart(8)}  typed ${percent(b.found / b.gold).padStart(8)}  n ${b.gold}`,
  );
if (args.includes('--confusion')) {
  for (const [key, n] of [...plain.confusion].sort((a, b) => b[1] - a[1]).slice(0, 60))
    print(`  ${String(n).padStart(5)}  ${key}`);
}
if (!args.includes('--quick')) {
  const texts = cleanText(join(import.meta.dirname, '../..'), 8_000_000);
  let hits = 0;
  let words = 0;
  const kinds = new Map<string, number>();
  for (const text of texts) {
    words += text.split(/\s+/).length;
    for (const span of detector.detect(text).spans) {
      hits += 1;
      kinds.set(span.type, (kinds.get(span.type) ?? 0) + 1);
    }
  }
  const people = (kinds.get('EMAIL') ?? 0) + (kinds.get('PERSON_NAME') ?? 0);
  const per = (n: number) => ((1000 * n) / words).toFixed(3);
  print(
    `text found on this machine: ${texts.length} files, ${words} words; findings per 1,000 words: ${per(hits - people)} apart from names and e-mail addresses, ${per(hits)} with them (nearly all are authors)`,
  );
  print(
    `  ${[...kinds]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 12)
      .map(([k, n]) => `${k} ${n}`)
      .join(', ')}`,
  );
  for (const line of throughput(detector, texts)) print(line);
  print(memoryOfLog(option('log-mb', 128)));
}
