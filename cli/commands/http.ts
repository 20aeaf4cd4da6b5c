import { AkiosError, EXIT } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printJson, usage } from '../io.ts';
import { options, wholeNumber } from '../options.ts';
import { currentProject } from '../place.ts';
import { readStartOfFile } from '../text-file.ts';

/** What the call takes. */
const MAX_BODY = 1_048_576;
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

export async function http(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'http METHOD URL [--header NAME:VALUE]... [--body TEXT|@FILE] [--timeout SECONDS] [--json-output]',
    {
      project: { type: 'string' },
      header: { type: 'string', short: 'H', multiple: true },
      body: { type: 'string' },
      timeout: { type: 'string' },
      'json-output': { type: 'boolean' },
    },
    { min: 2, max: 2 },
  );
  const [method = '', url = ''] = positionals;
  if (!METHODS.includes(method.toLowerCase()))
    throw usage(`The method is one of ${METHODS.join(', ')}.`);
  const answer = await connect().call('http.request', {
    project: currentProject(values.project),
    method: method.toLowerCase(),
    url,
    headers: headersOf(values.header ?? []),
    ...(values.body === undefined ? {} : { body: bodyOf(values.body) }),
    timeoutMs: wholeNumber(values.timeout ?? '30', 'timeout', 1, 300) * 1000,
  });
  const code = answer.status >= 400 ? EXIT.failed : EXIT.ok;
  if (io.json || values['json-output'] === true) return printJson(io, answer, code);
  io.err(`${answer.status} (${answer.bytes} bytes, ${Math.round(answer.ms)} ms)`);
  io.raw(answer.body.endsWith('\n') || answer.body === '' ? answer.body : `${answer.body}\n`);
  return code;
}

function headersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const colon = text.indexOf(':');
      if (colon < 1) throw usage(`--header needs NAME:VALUE, not ${JSON.stringify(text)}.`);
      return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
    }),
  );
}

function bodyOf(text: string): string {
  if (!text.startsWith('@')) return text;
  const body = readStartOfFile(text.slice(1), MAX_BODY + 1);
  if (body.length <= MAX_BODY) return body;
  throw new AkiosError('TOO_LARGE', `${text.slice(1)} is larger than 1 MiB.`);
}
