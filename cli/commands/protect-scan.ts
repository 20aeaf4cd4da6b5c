import { AkiosError, exitCodeOf, toErrorValue } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, usage } from '../io.ts';
import { options } from '../options.ts';
import { settingsOf } from '../place.ts';
import { type Ask, cancellable } from '../protect/ask.ts';
import { handed, isDocument } from '../protect/documents.ts';
import { boundMemory } from '../protect/memory.ts';
import { type Progress, progress } from '../protect/progress.ts';
import { type OpenFile, openPlain, stdinChunks, TextReader } from '../protect/read-text.ts';
import { type ItemEnd, jsonReport, type Report, textReport } from '../protect/report.ts';
import { scanText } from '../protect/scan-text.ts';
import { type Found, filesOf } from '../protect/walk.ts';
import { scanLines } from './protect-lines.ts';

interface Scan {
  ask: Ask;
  project: { project?: string };
  report: Report;
  shown: Progress;
}

export async function scan(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'protect scan [FILE|FOLDER...|-] [--text TEXT] [--jsonl] [--json] [--fail-on-find]',
    {
      text: { type: 'string', multiple: true },
      jsonl: { type: 'boolean' },
      project: { type: 'string' },
      'fail-on-find': { type: 'boolean' },
    },
    { min: 0, max: 10_000 },
  );
  boundMemory();
  const ask = cancellable(connect());
  const project = settingsOf(values.project);
  const failOnFind = values['fail-on-find'] === true;
  try {
    if (values.jsonl === true) {
      if (positionals.length > 0 || values.text !== undefined) {
        throw usage('--jsonl reads lines on stdin; it goes without files and --text.');
      }
      const found = await scanLines(ask, project, stdinChunks(ask.signal), io);
      return failOnFind && found > 0 ? 1 : 0;
    }
    const report = io.json ? jsonReport(io) : textReport(io);
    const shown = progress();
    const texts = values.text ?? [];
    const named = positionals.length === 0 && texts.length === 0 ? ['-'] : positionals;
    const failed = await scanAll({ ask, project, report, shown }, texts, named);
    shown.end();
    const exitCode = failOnFind && report.totals.found > 0 ? 1 : failed;
    report.close(exitCode);
    return exitCode;
  } finally {
    ask.done();
  }
}

/** Exit code of the first failure, 0 without any. A failure of one file never stops the others. */
async function scanAll(
  scan: Scan,
  texts: readonly string[],
  named: readonly string[],
): Promise<number> {
  let code = 0;
  const note = (end: ItemEnd): void => {
    scan.shown.clear();
    scan.report.end(end);
    if (end.error !== undefined && code === 0) code = exitCodeOf(end.error.code);
  };
  for (const [i, text] of texts.entries()) {
    note(await guarded(`text ${i + 1}`, scan, (id) => findIn(scan, id, [text])));
  }
  for (const found of filesOf(named)) {
    if (found.kind === 'skipped') {
      scan.shown.clear();
      scan.report.skipped(found.name, found.why);
    } else if (found.kind === 'error') note({ id: found.name, error: found.error.toValue() });
    else note(await guarded(found.name, scan, () => scanFound(scan, found)));
  }
  return code;
}

/** Failures of a file are part of the report; what ends the whole command is thrown on. */
async function guarded(
  id: string,
  { ask }: Scan,
  work: (id: string) => Promise<ItemEnd>,
): Promise<ItemEnd> {
  try {
    return await work(id);
  } catch (error) {
    const { code } = toErrorValue(error);
    const ends = ['HELPER_UNREACHABLE', 'HELPER_VERSION', 'PROJECT_NOT_FOUND', 'CONFIG_INVALID'];
    if (!(error instanceof AkiosError) || ends.includes(code)) throw error;
    if (ask.signal.aborted || code === 'CANCELLED') {
      throw new AkiosError('CANCELLED', `Cancelled at ${id}; what follows it was not scanned.`);
    }
    return { id, error: error.toValue() };
  }
}

async function scanFound(scan: Scan, { name, follow }: Found & { kind: 'file' }): Promise<ItemEnd> {
  if (name === '-') return scanStdin(scan);
  const file = openPlain(name, follow);
  try {
    scan.shown.file(name, file.bytes);
    if (isDocument(name, file.head)) return await scanDocument(scan, file);
    const end = await findIn(scan, name, textOf(file, scan.shown));
    return file.bytes === 0 ? { ...end, empty: true } : end;
  } finally {
    file.close();
  }
}

function* textOf(file: OpenFile, shown: Progress): Generator<string> {
  const reader = new TextReader(file.name);
  for (const chunk of file.chunks()) {
    shown.read(chunk.length);
    yield reader.push(chunk);
  }
  yield reader.end();
}

async function scanStdin(scan: Scan): Promise<ItemEnd> {
  scan.shown.file('stdin', null);
  const chunks = async function* (): AsyncGenerator<string> {
    const reader = new TextReader('stdin');
    for await (const chunk of stdinChunks(scan.ask.signal)) {
      scan.shown.read(chunk.length);
      yield reader.push(chunk);
    }
    yield reader.end();
  };
  return findIn(scan, 'stdin', chunks());
}

async function findIn(
  { ask, project, report }: Scan,
  id: string,
  chunks: Iterable<string> | AsyncIterable<string>,
): Promise<ItemEnd> {
  for await (const findings of scanText(ask, project, chunks)) report.findings(id, findings);
  return { id };
}

/** Documents are parsed in the cage; offsets count the text that was read from them. */
async function scanDocument({ ask, project, report }: Scan, file: OpenFile): Promise<ItemEnd> {
  const found = await ask.call('protect.document', { ...project, ...handed(file) });
  report.findings(file.name, found.findings);
  return { id: file.name, kind: found.kind, warnings: found.warnings };
}
