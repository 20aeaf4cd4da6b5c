import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import type { CheckpointView } from '../../../shared/contract/audit.ts';
import { parseNote } from '../../../shared/proof/note.ts';
import { syslogLine, toSystemLog } from '../../store/ledger/anchors.ts';

/** Prints each datagram that arrives as one line of JSON, as syslogd and journald receive them. */
const LISTENER = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
while True:
    print(json.dumps(s.recv(1 << 20).decode('utf-8')), flush=True)
`;

const READY = [
  ['python3', '-c', 'import socket'],
  ['logger', '--version'],
].every(([name, ...words]) => spawnSync(name!, words).status === 0);
if (!READY) declareNotRun('ledger: the system log', 'needs python3 and logger');

let dir: string;
let socket: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-syslog-'));
  socket = join(dir, 'log');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
  rmSync(dir, { recursive: true });
});

/** Lines of the listener, one after the other; the first says that it listens. */
async function listen(): Promise<() => Promise<string>> {
  const child = spawn('python3', ['-c', LISTENER, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return next;
}

function view(signatures: number): CheckpointView {
  const line = `\u2014 akios/host/log ${Buffer.alloc(68, 9).toString('base64')}\n`;
  const root = Buffer.alloc(32, 5);
  const note = `akios/host/log\n600\n${root.toString('base64')}\n\n${line.repeat(signatures)}`;
  return { size: 600, root: root.toString('hex'), note, at: null };
}

if (READY) {
  describe('the system log', () => {
    it('receives the whole note in one datagram, however many signatures it has', async () => {
      const next = await listen();
      for (const signatures of [1, 2, 20]) {
        await toSystemLog(view(signatures), [join(dir, 'absent'), socket]);
        const datagram = JSON.parse(await next()) as string;
        const text = /^<13>.* akios-audit: checkpoint (.*)$/s.exec(datagram)?.[1] ?? '';
        const note = `${text.split(' | ').join('\n')}\n`;
        expect(note).toBe(view(signatures).note);
        expect(parseNote(note)?.signatures).toHaveLength(signatures);
      }
    });

    it('that is not there, is a file, or has nobody behind it, is said', async () => {
      const fails = async (sockets: string[], words: string): Promise<void> => {
        await expect(toSystemLog(view(1), sockets)).rejects.toMatchObject({
          code: 'LEDGER_UNAVAILABLE',
          message: expect.stringContaining(words),
        });
      };
      await fails([join(dir, 'absent')], 'no system log');
      const file = join(dir, 'file');
      writeFileSync(file, '');
      await fails([file], file);
      await listen();
      children.pop()!.kill('SIGKILL');
      await fails([socket], socket);
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
