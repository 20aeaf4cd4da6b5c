import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import type { CheckpointView } from '../../../shared/contract/audit.ts';
import { parseNote } from '../../../shared/proof/note.ts';
import {
  CHECKPOINT_MESSAGE_ID,
  hasSystemLog,
  syslogLine,
  toSystemLog,
} from '../../store/ledger/system-log.ts';

/** Prints each datagram that arrives as one line of base64; `hold` only takes its place. */
const LISTENER = `
import base64, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
while sys.argv[2] == 'hold':
    time.sleep(60)
while True:
    print(base64.b64encode(s.recv(1 << 20)).decode(), flush=True)
`;

const READY = spawnSync('python3', ['-c', 'import socket']).status === 0;
if (!READY) declareNotRun('ledger: the system log', 'needs python3');

let dir: string;
let journal: string;
let syslog: string;
let server: Server | null = null;
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-syslog-'));
  journal = join(dir, 'journal');
  syslog = join(dir, 'log');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  server?.close();
  server = null;
  rmSync(dir, { recursive: true });
});

const sockets = () => ({ journal: [journal], syslog: [join(dir, 'absent'), syslog] });

/** Datagrams that reach a socket, one after the other. */
async function listen(path: string, mode = 'read'): Promise<() => Promise<Buffer>> {
  const child = spawn('python3', ['-c', LISTENER, path, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return async () => Buffer.from(await next(), 'base64');
}

async function killLast(): Promise<void> {
  const child = children.pop()!;
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await gone;
}

function view(signatures: number): CheckpointView {
  const line = `\u2014 akios/host/log ${Buffer.alloc(68, 9).toString('base64')}\n`;
  const root = Buffer.alloc(32, 5);
  const note = `akios/host/log\n600\n${root.toString('base64')}\n\n${line.repeat(signatures)}`;
  return { size: 600, root: root.toString('hex'), note, at: null };
}

/** Reads an entry as the documentation of journald's native protocol describes it. */
function fieldsOf(entry: Buffer): Record<string, string> {
  const out: Record<string, string> = {};
  for (let at = 0; at < entry.length; ) {
    const end = entry.indexOf(0x0a, at);
    const line = entry.subarray(at, end);
    const equals = line.indexOf(0x3d);
    if (equals >= 0) {
      out[line.subarray(0, equals).toString()] = line.subarray(equals + 1).toString();
      at = end + 1;
      continue;
    }
    const length = Number(entry.readBigUInt64LE(end + 1));
    const from = end + 9;
    out[line.toString()] = entry.subarray(from, from + length).toString();
    expect(entry[from + length]).toBe(0x0a);
    at = from + length + 1;
  }
  return out;
}

function noteOfLine(text: string): string {
  const line = /akios-audit\[\d+\]: checkpoint (.*)$/s.exec(text)?.[1] ?? '';
  return `${line.split(' | ').join('\n')}\n`;
}

if (READY) {
  describe('the journal', () => {
    it('takes an entry with fields, the note byte for byte, before syslog is asked', async () => {
      const next = await listen(journal);
      await listen(syslog);
      expect(hasSystemLog(sockets())).toBe(true);
      for (const signatures of [1, 2, 20]) {
        const sent = view(signatures);
        expect(await toSystemLog(sent, sockets())).toBe(journal);
        const fields = fieldsOf(await next());
        expect(fields).toEqual({
          MESSAGE: syslogLine(sent),
          PRIORITY: '5',
          SYSLOG_IDENTIFIER: 'akios-audit',
          MESSAGE_ID: CHECKPOINT_MESSAGE_ID,
          AKIOS_ORIGIN: 'akios/host/log',
          AKIOS_SIZE: '600',
          AKIOS_ROOT: sent.root,
          AKIOS_CHECKPOINT: sent.note,
        });
        expect(parseNote(fields['AKIOS_CHECKPOINT']!)?.signatures).toHaveLength(signatures);
      }
    });

    it('that nobody reads any more leaves the entry to syslog', async () => {
      await listen(journal);
      await killLast();
      const next = await listen(syslog);
      expect(await toSystemLog(view(2), sockets())).toBe(syslog);
      expect(noteOfLine((await next()).toString())).toBe(view(2).note);
    });

    it('that hangs is given up, and the helper is not held meanwhile', async () => {
      await listen(journal, 'hold');
      const one = view(200);
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const outcome = async (): Promise<string> => {
        for (let n = 0; n < 10_000; n++) await toSystemLog(one, sockets());
        return 'all taken';
      };
      await expect(outcome()).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
        message: expect.stringContaining('EAGAIN'),
      });
      clearInterval(timer);
      // It waits nineteen times before it gives up; others get their turn in each.
      expect(turns).toBeGreaterThanOrEqual(19);
    });
  });

  describe('syslog', () => {
    it('receives the whole note in one datagram, however many signatures it has', async () => {
      const next = await listen(syslog);
      for (const signatures of [1, 2, 20]) {
        await toSystemLog(view(signatures), sockets());
        const text = (await next()).toString();
        expect(text).toMatch(/^<13>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d akios-audit\[\d+\]: /);
        expect(noteOfLine(text)).toBe(view(signatures).note);
      }
    });

    it('that listens for connections is spoken to by one', async () => {
      const got = new Promise<string>((resolve) => {
        server = createServer((socket) => {
          let text = '';
          socket.on('data', (chunk) => {
            text += chunk.toString();
            if (text.endsWith('\0')) resolve(text.slice(0, -1));
          });
        }).listen(syslog);
      });
      await new Promise((resolve) => server!.once('listening', resolve));
      await toSystemLog(view(3), sockets());
      expect(noteOfLine(await got)).toBe(view(3).note);
    });

    it('that is not there, is a file, or has nobody behind it, is said', async () => {
      const fails = async (paths: string[], words: string): Promise<void> => {
        await expect(toSystemLog(view(1), { journal: [], syslog: paths })).rejects.toMatchObject({
          code: 'LEDGER_UNAVAILABLE',
          message: expect.stringContaining(words),
        });
      };
      expect(hasSystemLog(sockets())).toBe(false);
      await fails([join(dir, 'absent')], 'no system log');
      const file = join(dir, 'file');
      writeFileSync(file, '');
      await fails([file], `${file} (ECONNREFUSED)`);
      await listen(syslog);
      await killLast();
      await fails([syslog], `${syslog} (ECONNREFUSED)`);
      const long = join(dir, 'x'.repeat(200));
      writeFileSync(long, '');
      await fails([long], 'ENAMETOOLONG');
    });
  });
}

describe('the line of the system log', () => {
  it('is one line that turns back into the note', () => {
    const line = syslogLine(view(3));
    expect(line).not.toContain('\n');
    const text = line.slice('checkpoint '.length).split(' | ').join('\n');
    expect(`${text}\n`).toBe(view(3).note);
  });
});
