import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import {
  type AttachExit,
  FRAME,
  FrameDecoder,
  type FrameType,
  frameHeader,
  shellStatus,
  UPGRADE_TOKEN,
} from '../../shared/contract/attach.ts';
import { AkiosError, type ErrorValue } from '../../shared/domain/errors.ts';
import { type HelperPlace, withHelper } from '../../shared/node/helper-start.ts';
import { textOfBytes } from '../../shared/node/raw-text.ts';
import {
  assertOwnSocket,
  BUILD_HEADER,
  errorOfBody,
  readBody,
  unreachable,
} from '../../shared/node/unix-http.ts';
import { type Io, usage } from '../io.ts';
import { helperPlace, projectAbove } from '../place.ts';
import { readStartOfFile } from '../text-file.ts';

const FORM = 'agent run [--work DIR] [--policy FILE] -- PROGRAM [ARGS...]';
/** Told by --help; read by hand, because what follows `--` is not ours. */
const OPTIONS = {
  work: { type: 'string' },
  policy: { type: 'string' },
  project: { type: 'string' },
} as const;
const PATH = '/api/v1/agents/run';

interface Wanted {
  project?: string;
  work?: string;
  policy?: { name: string; text: string };
  argv: string[];
  umask: number;
}

/**
 * Runs a program in the cage: stdin, stdout, stderr and exit status pass through. This command loads
 * as little as it can, because programs start programs.
 */
export async function agentRun(argv: string[], io: Io): Promise<number> {
  const wanted = await parse(argv, io);
  if (wanted === null) return 0;
  const place = helperPlace();
  const socket = await withHelper(place, () => attach(place, wanted));
  return await follow(socket.socket, socket.head, io);
}

/** By hand: everything after `--` belongs to the program, untouched. */
async function parse(argv: readonly string[], io: Io): Promise<Wanted | null> {
  const wanted: Wanted = { argv: [], umask: process.umask() };
  let i = 0;
  for (; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    if (word === '--') {
      i += 1;
      break;
    }
    if (word === '--help' || word === '-h') {
      const { printHelp } = await import('../help.ts');
      printHelp(io.out, io.json, FORM, OPTIONS);
      return null;
    }
    // How this command itself speaks; the program after `--` has its own options.
    if (word === '--json' || word === '--debug') continue;
    const [name, inline] = word.includes('=')
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word, undefined];
    if (name !== '--work' && name !== '--policy' && name !== '--project') {
      if (word.startsWith('-')) throw usage(`Unknown option ${word}.`, `usage: akios ${FORM}`);
      break;
    }
    if (inline === undefined) i += 1;
    const value = inline ?? argv[i];
    if (value === undefined || value === '')
      throw usage(`${name} needs a value.`, `usage: akios ${FORM}`);
    if (name === '--policy') wanted.policy = policyAt(resolve(value));
    else wanted[name === '--work' ? 'work' : 'project'] = resolve(value);
  }
  wanted.argv = exactWords(argv.slice(i));
  if (wanted.argv.length === 0) throw usage('There is no program to run.', `usage: akios ${FORM}`);
  const project = wanted.project ?? projectHere();
  if (project !== null) wanted.project = project;
  return wanted;
}

const MOST_POLICY = 1_048_576;

/** Read here, with the rights of the person who asks: the helper may have others. */
function policyAt(file: string): { name: string; text: string } {
  const text = readStartOfFile(file, MOST_POLICY + 1);
  if (Buffer.byteLength(text) <= MOST_POLICY) return { name: file, text };
  throw new AkiosError('POLICY_INVALID', `${file} is no policy file of at most 1 MiB.`, {
    where: file,
  });
}

/** The current folder may have been removed: then there is no project around us. */
function projectHere(): string | null {
  try {
    return projectAbove(process.cwd());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Node replaces bytes that are not UTF-8; the kernel still has the words as they were given. */
function exactWords(words: string[]): string[] {
  if (words.length === 0 || !words.some((word) => word.includes('\ufffd'))) return words;
  const given = readFileSync('/proc/self/cmdline').toString('latin1').split('\0').slice(0, -1);
  return given.slice(-words.length).map((word) => textOfBytes(Buffer.from(word, 'latin1')));
}

function attach(place: HelperPlace, wanted: Wanted): Promise<{ socket: Socket; head: Buffer }> {
  return new Promise((resolve, reject) => {
    try {
      assertOwnSocket(place.socket);
    } catch (error) {
      reject(error instanceof AkiosError ? error : unreachable(place.socket, error));
      return;
    }
    const body = JSON.stringify(wanted);
    const outgoing = request({
      socketPath: place.socket,
      method: 'POST',
      path: PATH,
      agent: false,
      headers: {
        host: 'helper',
        connection: 'Upgrade',
        upgrade: UPGRADE_TOKEN,
        [BUILD_HEADER]: place.build,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      },
    });
    outgoing.on('upgrade', (_response, socket, head) =>
      resolve({ socket: socket as Socket, head }),
    );
    outgoing.on('response', (response) => {
      readBody(response).then(
        (text) => reject(AkiosError.fromValue(errorOfBody(response.statusCode ?? 0, text))),
        reject,
      );
    });
    outgoing.on('error', (error) => reject(unreachable(place.socket, error)));
    outgoing.end(body);
  });
}

/** Copies both ways until the last frame; a lost connection is an error, never a success. */
function follow(socket: Socket, head: Buffer, io: Io): Promise<number> {
  const asked = passSignals(socket);
  return new Promise<number>((resolve, reject) => {
    const decoder = new FrameDecoder();
    const lost = (): void =>
      reject(
        new AkiosError(
          'HELPER_UNREACHABLE',
          'The connection to the helper broke; the program was ended.',
        ),
      );
    const take = (chunk: Buffer): void => {
      for (const { type, payload } of decoder.push(chunk)) {
        if (type === FRAME.stdout) copyTo(process.stdout, payload, socket, asked);
        else if (type === FRAME.stderr) copyTo(process.stderr, payload, socket, asked);
        else if (type === FRAME.error) {
          const error = JSON.parse(Buffer.from(payload).toString()) as ErrorValue;
          const status = error.details?.['status'];
          if (typeof status === 'number') resolve(told(io, error, status));
          else reject(AkiosError.fromValue(error));
        } else if (type === FRAME.exit) {
          const exit = JSON.parse(Buffer.from(payload).toString()) as AttachExit;
          if (exit.end !== 'exit' && asked.signal === null) io.err(`akios: ${exit.detail}`);
          resolve(asked.signal === null ? exit.status : shellStatus(null, asked.signal));
        }
      }
    };
    socket.on('error', lost);
    socket.on('close', lost);
    socket.on('data', take);
    if (head.byteLength > 0) take(head);
    passStdin(socket);
  }).then(
    (status) => end(socket, status, asked),
    (error: unknown) => {
      socket.destroy();
      process.stdin.destroy();
      throw error;
    },
  );
}

/** A program that is not in the cage is told like one that is not there: by a shell's status. */
function told(io: Io, error: ErrorValue, status: number): number {
  io.err(`akios: ${error.message}`);
  if (error.hint !== undefined) io.err(`  ${error.hint}`);
  return status;
}

interface Asked {
  signal: string | null;
}

const LAST_OUTPUT_MS = 250;

/** An inherited stdin that stays open must not keep us: the program is over. */
function end(socket: Socket, status: number, asked: Asked): number {
  socket.destroy();
  process.stdin.destroy();
  // Nor may, once a person wants it to end, a reader who does not read.
  if (asked.signal !== null) setTimeout(() => process.exit(status), LAST_OUTPUT_MS).unref();
  return status;
}

function copyTo(
  target: NodeJS.WriteStream,
  payload: Uint8Array,
  socket: Socket,
  asked: Asked,
): void {
  // After a signal the end of the program must be seen, whether anybody reads or not.
  if (target.write(payload) || asked.signal !== null) return;
  socket.pause();
  target.once('drain', () => socket.resume());
}

function send(socket: Socket, type: FrameType, payload: Uint8Array): boolean {
  if (!socket.writable) return true;
  socket.write(frameHeader(type, payload.byteLength));
  return payload.byteLength === 0 || socket.write(payload);
}

function passStdin(socket: Socket): void {
  const { stdin } = process;
  stdin.on('data', (chunk: Buffer) => {
    if (send(socket, FRAME.stdin, chunk)) return;
    stdin.pause();
    socket.once('drain', () => stdin.resume());
  });
  stdin.on('end', () => send(socket, FRAME.stdinEof, new Uint8Array()));
  stdin.on('error', () => send(socket, FRAME.stdinEof, new Uint8Array()));
}

/** A person's signal ends the program's tree; the exit status is that of the signal. */
function passSignals(socket: Socket): Asked {
  const asked: Asked = { signal: null };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // The second time the person means it: the helper sees the closed connection and kills the tree.
      if (asked.signal !== null) process.exit(shellStatus(null, signal));
      asked.signal = signal;
      socket.resume();
      send(socket, FRAME.signal, Buffer.from(signal));
    });
  }
  return asked;
}
