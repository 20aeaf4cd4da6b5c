import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { CheckpointView } from '../../../shared/contract/audit.ts';
import { anchorFailed } from './anchor-fault.ts';
import { sendDatagram } from './datagram.ts';

/** Where journald takes entries with fields, and where syslog daemons take lines. In order of choice. */
export interface SystemLogSockets {
  journal: readonly string[];
  syslog: readonly string[];
}

const SOCKETS: SystemLogSockets = {
  journal: ['/run/systemd/journal/socket'],
  syslog: ['/dev/log', '/run/systemd/journal/dev-log', '/var/run/syslog'],
};
const TAG = 'akios-audit';
/** Names the kind of the entry, so that `journalctl MESSAGE_ID=` finds every checkpoint. */
export const CHECKPOINT_MESSAGE_ID = 'b1f3a9c04d5e4c1f9a6be2d87c30715e';
/** Facility user, severity notice. */
const PRIORITY = 5;
const SYSLOG_PRI = 13;
const TRIES = 20;
const WAIT_MS = 100;
const STREAM_MS = 5000;

/** Whether this host has a system log to write to. */
export function hasSystemLog(sockets: SystemLogSockets = SOCKETS): boolean {
  return [...sockets.journal, ...sockets.syslog].some((path) => existsSync(path));
}

/**
 * The checkpoint to the system log: to journald's own socket as an entry with fields where it is
 * there, else as one line to syslog. Resolves to the socket that took it. Throws LEDGER_UNAVAILABLE
 * when none does.
 */
export async function toSystemLog(
  view: CheckpointView,
  sockets: SystemLogSockets = SOCKETS,
): Promise<string> {
  const tried: string[] = [];
  let cause: unknown;
  for (const [paths, write] of [
    [sockets.journal, (path: string) => patiently(path, journalEntry(view))],
    [sockets.syslog, (path: string) => toSyslog(path, view)],
  ] as const) {
    for (const path of paths.filter((one) => existsSync(one))) {
      try {
        await write(path);
        return path;
      } catch (error) {
        // A socket that was left behind must not hide a daemon that listens at the next.
        cause = error;
        tried.push(`${path} (${codeOf(error)})`);
      }
    }
  }
  if (tried.length > 0) {
    throw anchorFailed(
      `The anchor could not be written to the system log ${tried.join(', ')}.`,
      cause,
    );
  }
  const known = [...sockets.journal, ...sockets.syslog].join(', ');
  throw anchorFailed(`This host has no system log: none of ${known} is there.`);
}

/** The whole signed note on one line: a reader turns ` | ` back into line ends. */
export function syslogLine(view: CheckpointView): string {
  return `checkpoint ${view.note.trimEnd().split('\n').join(' | ')}`;
}

/**
 * An entry of journald's native protocol: `NAME=value` lines; a value with line ends goes as the
 * name, its length as 64 bits little-endian, the bytes, and a line end. The field with the note is
 * the note, byte for byte.
 */
export function journalEntry(view: CheckpointView): Uint8Array {
  const origin = view.note.split('\n', 1)[0] ?? '';
  const fields: [string, string][] = [
    ['MESSAGE', syslogLine(view)],
    ['PRIORITY', String(PRIORITY)],
    ['SYSLOG_IDENTIFIER', TAG],
    ['MESSAGE_ID', CHECKPOINT_MESSAGE_ID],
    ['AKIOS_ORIGIN', origin],
    ['AKIOS_SIZE', String(view.size)],
    ['AKIOS_ROOT', view.root],
    ['AKIOS_CHECKPOINT', view.note],
  ];
  return Buffer.concat(fields.map(([name, value]) => field(name, value)));
}

function field(name: string, value: string): Buffer {
  const data = Buffer.from(value, 'utf8');
  if (!data.includes(0x0a)) return Buffer.from(`${name}=${value}\n`, 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, data, Buffer.from('\n')]);
}

async function toSyslog(path: string, view: CheckpointView): Promise<void> {
  const line = `<${SYSLOG_PRI}>${stamp(new Date())} ${TAG}[${process.pid}]: ${syslogLine(view)}`;
  try {
    await patiently(path, Buffer.from(line, 'utf8'));
  } catch (error) {
    if (codeOf(error) !== 'EPROTOTYPE') throw error;
    await toStream(path, line);
  }
}

/** Of the local form that syslog daemons read: `Jan  5 08:00:00`, local time. */
function stamp(at: Date): string {
  const month = at.toLocaleString('en-US', { month: 'short' });
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${month} ${String(at.getDate()).padStart(2, ' ')} ${time}`;
}

/** A full queue is given two seconds to empty. */
async function patiently(path: string, data: Uint8Array): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      await sendDatagram(path, data);
      return;
    } catch (error) {
      const full = ['EAGAIN', 'EWOULDBLOCK', 'ENOBUFS'].includes(codeOf(error));
      if (!full || n >= TRIES) throw error;
      await new Promise((wake) => setTimeout(wake, WAIT_MS));
    }
  }
}

/** Some syslog daemons listen for connections; there a NUL ends the line. */
function toStream(path: string, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(STREAM_MS, () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject);
    socket.end(`${line}\0`, 'utf8', () => {
      socket.destroy();
      resolve();
    });
  });
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
