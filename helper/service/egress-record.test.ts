import { describe, expect, it } from 'vitest';
import type { Egress, EgressDecision } from '../cage/egress/port.ts';
import type { Ledger } from '../store/ledger/port.ts';
import { recordEgress, runOf } from './egress-record.ts';
import type { ProjectRedactor } from './projects/redactor.ts';

type Row = { type: string; data: Record<string, unknown> };

function listening(append: (row: Row) => Promise<unknown>) {
  let hear: (decision: EgressDecision) => unknown = () => undefined;
  const faults: string[] = [];
  const egress = {
    onDecision: (listener: typeof hear) => {
      hear = listener;
      return () => undefined;
    },
  } as unknown as Egress;
  const redactor = { redact: (text: string) => ({ text }) } as unknown as ProjectRedactor;
  recordEgress(egress, {
    target: async () => ({ ledger: { append } as unknown as Ledger, redactor }),
    fault: (where) => faults.push(where),
  });
  const decision = (allowed: boolean): EgressDecision => ({
    run: 'r',
    at: '2026-01-31T00:00:00.000Z',
    kind: 'connect',
    host: 'a.example',
    port: 443,
    address: null,
    allowed,
    reason: 'x',
    bytesOut: 0,
    bytesIn: 0,
  });
  return { tell: async (allowed: boolean) => await hear(decision(allowed)), faults };
}

describe('decisions of the egress on the ledger', () => {
  it('let nothing through unrecorded after a flood of refusals, which is cut with a note', async () => {
    const rows: Row[] = [];
    const { tell } = listening(async (row) => rows.push(row));
    for (let n = 0; n < 700; n += 1) await tell(false);
    expect(rows).toHaveLength(500);
    expect(rows.at(-1)?.data['note']).toContain('500 refusals');
    await tell(true);
    await tell(false);
    await tell(true);
    expect(rows.slice(500).map((row) => row.type)).toEqual(['net.allowed', 'net.allowed']);
  });

  it('belong to the run, also those of an agent within it', () => {
    expect(runOf('run_20261121T230809_05ba669bcd44/llm/openai')).toBe(
      'run_20261121T230809_05ba669bcd44',
    );
    expect(runOf('run_1')).toBe('run_1');
    expect(runOf('http-/srv/a project')).toBe('http-/srv/a project');
  });

  it('that cannot be kept are told, and the way stays closed', async () => {
    const { tell, faults } = listening(async () => {
      throw new Error('full');
    });
    await expect(tell(true)).rejects.toThrow('full');
    expect(faults).toEqual(['egress record']);
  });
});
