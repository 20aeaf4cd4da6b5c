import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AkiosError } from '../../shared/domain/errors.ts';
import { type Caller, connect } from '../client.ts';
import { type Io, usage } from '../io.ts';
import { options } from '../options.ts';
import { table } from '../render/table.ts';
import { scanLines } from './protect-lines.ts';

/** Read in the cage, never by this program. */
const DOCUMENT = /\.(?:pdf|docx|xlsx|eml)$/i;

/** UTF-16 units one item may have. */
const MAX_ITEM = 8_388_608;

interface Span {
  start: number;
  end: number;
  type: string;
  subtype?: string | undefined;
  score: number;
}
interface Scanned {
  id: string;
  spans: Span[];
}

export async function scan(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'protect scan [FILE...|-] [--text TEXT] [--jsonl] [--json] [--fail-on-find]',
    {
      text: { type: 'string', multiple: true },
      jsonl: { type: 'boolean' },
      project: { type: 'string' },
      'fail-on-find': { type: 'boolean' },
    },
    { min: 0, max: 10_000 },
  );
  const caller = connect();
  const project = values.project === undefined ? {} : { project: values.project };
  if (values.jsonl === true) {
    if (positionals.length > 0 || values.text !== undefined) {
      throw usage('--jsonl reads lines on stdin; it goes without files and --text.');
    }
    const found = await scanLines(caller, project, process.stdin, io);
    return values['fail-on-find'] === true && found > 0 ? 1 : 0;
  }
  const texts = (values.text ?? []).map((text, i) => ({ id: `text ${i + 1}`, text }));
  const named = positionals.length === 0 && texts.length === 0 ? ['-'] : positionals;
  const results: (Scanned & { text: string })[] = [];
  for (const item of texts) results.push(await scanText(caller, project, item));
  for (const name of named.flatMap(filesOf)) {
    results.push(
      DOCUMENT.test(name)
        ? await scanDocument(caller, project, name)
        : await scanText(caller, project, readItem(name)),
    );
  }
  print(io, results);
  const found = results.some((item) => item.spans.length > 0);
  return values['fail-on-find'] === true && found ? 1 : 0;
}

async function scanText(
  caller: Caller,
  project: { project?: string },
  item: { id: string; text: string },
): Promise<Scanned & { text: string }> {
  const { items } = await caller.call('protect.scan', { ...project, items: [item] });
  const [scanned] = items;
  if (scanned === undefined) throw new AkiosError('REDACTION_FAILED', 'The scan gave no answer.');
  return { ...scanned, text: item.text };
}

/** Documents are parsed in the cage; offsets count the text that was read from them. */
async function scanDocument(
  caller: Caller,
  project: { project?: string },
  name: string,
): Promise<Scanned & { text: string }> {
  const found = await caller.call('protect.document', { ...project, file: resolve(name) });
  return { id: name, spans: found.spans, text: found.text };
}

/** A folder stands for its files, links left out. */
function filesOf(name: string): string[] {
  if (name === '-' || !statSync(name, { throwIfNoEntry: false })?.isDirectory()) return [name];
  return readdirSync(name, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export function readItem(name: string): { id: string; text: string } {
  const text = name === '-' ? readStdin() : readText(name);
  if (text.length > MAX_ITEM) {
    throw new AkiosError('TOO_LARGE', `${name} has more than ${MAX_ITEM} characters.`, {
      hint: 'Send it in parts: one JSON line each with protect scan --jsonl.',
    });
  }
  return { id: name === '-' ? 'stdin' : name, text };
}

function readStdin(): string {
  return readFileSync(0, 'utf8');
}

function readText(name: string): string {
  const stat = statSync(name, { throwIfNoEntry: false });
  if (stat === undefined) throw new AkiosError('FILE_NOT_FOUND', `There is no file ${name}.`);
  if (!stat.isFile()) throw new AkiosError('INPUT_INVALID', `${name} is not a plain file.`);
  const bytes = readFileSync(name);
  if (bytes.subarray(0, 8192).includes(0)) {
    throw new AkiosError('INPUT_INVALID', `${name} is not a text.`, {
      hint: 'Documents are known by their ending: pdf, docx, xlsx, eml.',
    });
  }
  return bytes.toString('utf8');
}

/** Values are never printed: a list of findings must not be a leak of its own. */
function print(io: Io, results: readonly (Scanned & { text: string })[]): void {
  if (io.json) {
    const files = results.map(({ id, spans }) => ({ id, spans, counts: countsOf(spans) }));
    io.out(
      JSON.stringify({ files, total: files.reduce((n, f) => n + f.spans.length, 0), exit_code: 0 }),
    );
    return;
  }
  for (const { id, spans, text } of results) {
    io.out(`${id}: ${spans.length === 0 ? 'nothing found' : `${spans.length} found`}`);
    const lines = lineStarts(text);
    const rows = spans.map((span) => {
      const [line, col] = place(lines, span.start);
      return [
        `  ${line}:${col}`,
        span.type,
        `${span.end - span.start} chars`,
        `score ${span.score.toFixed(2)}`,
      ];
    });
    for (const line of table(rows)) io.out(line);
  }
}

function countsOf(spans: readonly Span[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of spans) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function place(starts: readonly number[], offset: number): [number, number] {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return [low + 1, offset - (starts[low] ?? 0) + 1];
}
