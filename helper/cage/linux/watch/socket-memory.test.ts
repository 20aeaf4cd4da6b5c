import { describe, expect, it } from 'vitest';
import { queued, socketMemory } from './socket-memory.ts';

const LIST = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1388 0100007F:C350 01 00000010:00000100 01:00000000 00000000     0        0 2 1 0 100 0 0 10 0
`;

describe('memory in sockets', () => {
  it('is the sum of both queues of every connection', () => {
    expect(queued(LIST)).toBe(0x110);
    expect(queued('')).toBe(0);
  });

  it('is nothing for a process that is gone, and something for one with sockets', () => {
    expect(socketMemory(4_194_303)).toBe(0);
    expect(socketMemory(process.pid)).toBeGreaterThan(0);
  });
});
