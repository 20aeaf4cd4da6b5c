import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KernelLog, parseSeccompRecord } from './kernel-log.ts';

const RECORD =
  '6,1302,3845333914,-;audit: type=1326 audit(1795255074.549:2): auid=4294967295 uid=1879100416 gid=1879100416 ses=4294967295 pid=30498 comm="python3" exe="/usr/bin/python3.11" sig=31 arch=c000003e syscall=165 compat=0 ip=0x7f21bd076e5a code=0x80000000';

describe('records of forbidden calls', () => {
  it('name uid, call, architecture and program', () => {
    expect(parseSeccompRecord(RECORD)).toEqual({
      uid: 1879100416,
      syscall: 165,
      arch: 0xc000003e,
      comm: 'python3',
    });
  });

  it('take a program name that was sent as hex, since it held odd characters', () => {
    const odd = RECORD.replace('"python3"', Buffer.from('a b"c').toString('hex').toUpperCase());
    expect(parseSeccompRecord(odd)?.comm).toBe('a b"c');
  });

  it('are not other lines, nor kills by other signals', () => {
    expect(parseSeccompRecord('6,1,1,-;usb 1-1: new device')).toBeNull();
    expect(parseSeccompRecord(RECORD.replace('sig=31', 'sig=0'))).toBeNull();
    expect(parseSeccompRecord(RECORD.replace('1326', '1300'))).toBeNull();
  });

  it('cannot be had where the log is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'akios-kmsg-'));
    expect(KernelLog.open(join(folder, 'none'))).toBeNull();
    rmSync(folder, { recursive: true });
  });
});
