import { resolve } from 'node:path';
import { AkiosError } from '../../shared/domain/errors.ts';
import { type Caller, connect } from '../client.ts';
import { type Io, printJson, usage } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { bytesText } from '../render/table.ts';
import { checkedFilter } from './audit.ts';

const FORMATS = ['bundle', 'jsonl', 'json', 'csv', 'ocsf', 'otel', 'html'] as const;
const LOOK_MS = 500;
/** How long an interrupted command waits to see its unfinished file gone. */
const GONE_MS = 10_000;

/** Streams to a file by the helper; progress on stderr; an interrupt leaves no file behind. */
export async function exportRows(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'audit export [--output FILE] [--format NAME] [--filter QUERY] [--json]',
    {
      project: { type: 'string' },
      format: { type: 'string' },
      filter: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
    { min: 0, max: 0 },
  );
  const format = FORMATS.find((name) => name === (values.format ?? 'jsonl'));
  if (format === undefined) throw usage(`--format is one of ${FORMATS.join(', ')}.`);
  const file = resolve(values.output ?? `audit-export.${format === 'bundle' ? 'jsonl' : format}`);
  if (values.output === '-') {
    throw usage(
      'An export goes to a file: its receipt lies beside it.',
      'usage: akios audit export --output FILE',
    );
  }
  const project = currentProject(values.project);
  const caller = connect();
  // Starts the helper when it does not run: the export itself cannot be tried twice.
  await caller.call('audit.exports', { project });
  const filter = values.filter === undefined ? {} : { q: checkedFilter(values.filter) };
  const done = await cancellable(caller, io, { project, format, file, ...filter });
  if (io.json) return printJson(io, done);
  const scope = done.filter === '' ? 'no filter' : `filter ${JSON.stringify(done.filter)}`;
  io.out(
    `${done.rows} of ${done.total} records (${scope}) written to ${done.file} (${bytesText(done.bytes)}, SHA-256 ${done.sha256})`,
  );
  return 0;
}

interface Request {
  project: string;
  format: (typeof FORMATS)[number];
  file: string;
  q?: string;
}

async function cancellable(caller: Caller, io: Io, request: Request) {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const progress = watch(caller, io, request);
  try {
    const result = await caller.client.call('audit.export', request, abort.signal);
    if (result.ok) return result.value;
    if (!abort.signal.aborted) throw AkiosError.fromValue(result.error);
    const gone = await untilGone(caller, request);
    throw new AkiosError(
      'CANCELLED',
      gone ? 'The export was cancelled; no file was kept.' : 'The export is being cancelled.',
    );
  } finally {
    progress();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

/** Prints how far the export is, on one line of a terminal or now and then elsewhere. */
function watch(caller: Caller, io: Io, { project, file }: Request): () => void {
  const terminal = process.stderr.isTTY === true;
  let shown = '';
  const look = async (): Promise<void> => {
    const answer = await caller.client.call('audit.exports', { project });
    const mine = answer.ok ? answer.value.items.find((item) => item.file === file) : undefined;
    if (mine === undefined || mine.rows === 0 || ended) return;
    const percent = Math.floor((mine.done * 100) / mine.rows);
    const text = `${mine.done} of ${mine.rows} records, ${percent} %`;
    if (text === shown) return;
    shown = text;
    if (terminal) process.stderr.write(`\r${text}`);
    else io.err(text);
  };
  let ended = false;
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => {
    ended = true;
    clearInterval(timer);
    if (terminal && shown !== '') process.stderr.write('\n');
  };
}

async function untilGone(caller: Caller, { project, file }: Request): Promise<boolean> {
  for (const end = Date.now() + GONE_MS; Date.now() < end; ) {
    const answer = await caller.client.call('audit.exports', { project });
    if (answer.ok && !answer.value.items.some((item) => item.file === file)) return true;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return false;
}
