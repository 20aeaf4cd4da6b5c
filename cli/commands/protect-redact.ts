import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { AkiosError } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printable, printJson, usage } from '../io.ts';
import { options } from '../options.ts';
import { settingsOf } from '../place.ts';
import { type Ask, cancellable } from '../protect/ask.ts';
import { handed, isDocument, isTable } from '../protect/documents.ts';
import { boundMemory } from '../protect/memory.ts';
import { progress } from '../protect/progress.ts';
import { type OpenFile, openPlain, stdinChunks, TextReader } from '../protect/read-text.ts';
import { PartSender, STRETCH } from '../protect/scan-text.ts';

interface Job {
  ask: Ask;
  project: { project?: string };
  io: Io;
  /** Where the redacted bytes go: stdout or a new file. */
  target: Target;
}

export async function redact(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'protect redact [FILE|-] [--text TEXT] [--output FILE [--force]] [--json]',
    {
      project: { type: 'string' },
      text: { type: 'string' },
      output: { type: 'string', short: 'o' },
      force: { type: 'boolean' },
    },
    { min: 0, max: 1 },
  );
  const name = positionals[0] ?? '-';
  if (values.text !== undefined && positionals.length > 0) {
    throw usage('--text goes without a file.');
  }
  boundMemory();
  const ask = cancellable(connect());
  const target = new Target(io, values.output, values.force === true);
  try {
    const project = settingsOf(values.project);
    const job = { ask, project, io, target };
    if (values.text !== undefined) return await redactText(job, [values.text]);
    if (name === '-') return await redactText(job, stdinText(ask));
    return await redactFile(job, name);
  } finally {
    target.abandon();
    ask.done();
  }
}

/** Keys and headers still say what the values are; only the form is no longer looked after. */
const FORM_LOST =
  'The file is larger than 4 MiB and was redacted as plain text: a marker may stand where its form wants a number or a quoted cell.';

async function redactFile(job: Job, name: string): Promise<number> {
  const file = openPlain(name, true);
  try {
    if (isDocument(name, file.head)) return await redactDocument(job, file);
    // A table or JSON keeps its form; past what the cage takes it is redacted as plain text.
    const isForm = isTable(name);
    if (isForm && file.bytes <= STRETCH * 16) return await redactDocument(job, file);
    const shown = progress();
    shown.file(name, file.bytes);
    const text = function* (): Generator<string> {
      const reader = new TextReader(name);
      for (const chunk of file.chunks()) {
        shown.read(chunk.length);
        yield reader.push(chunk);
      }
      yield reader.end();
    };
    const code = await redactText(job, text(), isForm ? [FORM_LOST] : []);
    shown.end();
    return code;
  } finally {
    file.close();
  }
}

async function* stdinText(ask: Ask): AsyncGenerator<string> {
  const reader = new TextReader('stdin');
  for await (const chunk of stdinChunks(ask.signal)) yield reader.push(chunk);
  yield reader.end();
}

/** A short text in one call; a long one in stretches, each written as soon as it is certain. */
async function redactText(
  { ask, project, io, target }: Job,
  chunks: Iterable<string> | AsyncIterable<string>,
  warnings: readonly string[] = [],
): Promise<number> {
  let first = '';
  let sender: PartSender | null = null;
  const counts: Record<string, number> = {};
  for await (const chunk of chunks) {
    if (sender === null && first.length + chunk.length <= STRETCH) {
      first += chunk;
      continue;
    }
    if (sender === null && io.json && !target.isFile) throw tooLongForJson();
    const text: string = sender === null ? first + chunk : chunk;
    sender ??= new PartSender(ask, project, true);
    await pass(sender.push(text, false), target, counts);
  }
  if (sender !== null) {
    await pass(sender.push('', true), target, counts);
    return finish(io, target, { counts }, warnings);
  }
  const done = await ask.call('protect.redact', { ...project, text: first });
  if (io.json && !target.isFile) return printJson(io, done);
  target.write(done.text);
  return finish(io, target, { counts: done.counts }, warnings);
}

async function pass(
  answers: ReturnType<PartSender['push']>,
  target: Target,
  counts: Record<string, number>,
): Promise<void> {
  for await (const { answer } of answers) {
    target.write(answer.redacted ?? '');
    for (const [type, n] of Object.entries(answer.counts)) counts[type] = (counts[type] ?? 0) + n;
  }
}

function tooLongForJson(): AkiosError {
  return new AkiosError('TOO_LARGE', `--json holds texts of up to ${STRETCH} characters.`, {
    hint: 'Write the text to a file with --output, or leave --json out.',
  });
}

/** The document's text on stdout, or its copy of the same kind in a file. */
async function redactDocument({ ask, project, io, target }: Job, file: OpenFile): Promise<number> {
  const as = target.isFile || isTable(file.name) ? 'copy' : 'text';
  const { base64, ending, ...done } = await ask.call('protect.copy', {
    ...project,
    ...handed(file),
    as,
  });
  if (io.json && !target.isFile) {
    const text = Buffer.from(base64, 'base64').toString('utf8');
    return printJson(io, { ...done, text });
  }
  target.expect(ending);
  target.write(Buffer.from(base64, 'base64'));
  const { kind, counts, findings } = done;
  return finish(io, target, { kind, counts, findings }, done.warnings);
}

function finish(io: Io, target: Target, facts: object, warnings: readonly string[]): number {
  const file = target.keep();
  for (const warning of warnings) io.err(printable(warning));
  if (file === null) return 0;
  if (io.json) return printJson(io, { file, ...facts, warnings });
  io.err(`Written to ${printable(file)}`);
  return 0;
}

/** A new file that exists only when it is whole, or stdout. Never the source, never a link. */
class Target {
  readonly #io: Io;
  readonly #file: string | null;
  readonly #force: boolean;
  #fd: number | null = null;
  #part: string | null = null;

  constructor(io: Io, file: string | undefined, force: boolean) {
    this.#io = io;
    this.#file = file ?? null;
    this.#force = force;
  }

  get isFile(): boolean {
    return this.#file !== null;
  }

  /** @throws AkiosError USAGE when the name would promise another kind of file */
  expect(ending: string): void {
    if (this.#file === null || extname(this.#file).toLowerCase() === ending) return;
    const same = ending === '.txt' && !isDocument(this.#file, Buffer.alloc(0));
    if (same) return;
    throw usage(`The copy is of the kind ${ending}; its name must end with it.`);
  }

  write(data: string | Buffer): void {
    if (this.#file === null) {
      if (typeof data === 'string') this.#io.raw(data);
      else process.stdout.write(data);
      return;
    }
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.#fd ??= this.#open(this.#file);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
  }

  #open(file: string): number {
    this.#part = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
    try {
      return openSync(this.#part, 'wx', 0o600);
    } catch (cause) {
      this.#part = null;
      throw unwritable(file, cause);
    }
  }

  /** Gives the finished file its name; null for stdout. */
  keep(): string | null {
    if (this.#file === null) return null;
    this.write('');
    if (this.#fd === null || this.#part === null) return this.#file;
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = null;
    try {
      // A link is made only where nothing stands; a rename would replace what does.
      if (this.#force) renameSync(this.#part, this.#file);
      else linkSync(this.#part, this.#file);
    } catch (cause) {
      throw unwritable(this.#file, cause);
    }
    this.abandon();
    return this.#file;
  }

  abandon(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    if (this.#part !== null) rmSync(this.#part, { force: true });
    this.#part = null;
  }
}

function unwritable(file: string, cause: unknown): AkiosError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  if (code === 'EEXIST') {
    return new AkiosError('CONFLICT', `${file} exists already.`, {
      hint: 'Choose another name, or --force to replace it.',
      cause,
    });
  }
  return new AkiosError('INPUT_INVALID', `${file} cannot be written (${code}).`, { cause });
}
