import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditLedger, openLedger } from './ledger.ts';
import { systemSources } from './log-writer.ts';
import type { LedgerPaths } from './port.ts';
import { CLOCK_FILE, TrustedClock } from './trusted-clock.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5, 8);
const USER = { type: 'user', id: 'officer' } as const;

let dir: string;
/** The host of the test: time that really passes, the clock that shows it, and its boots. */
let real: number;
let wrong: number;
let booted: number;
let boot: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-clock-'));
  [real, wrong, booted, boot] = [START, 0, START - DAY, 'boot-1'];
});
afterEach(() => rmSync(dir, { recursive: true }));

const now = (): number => real + wrong;
const host = () => ({ boot, uptime: () => real - booted });
const clock = (newest = ''): TrustedClock => new TrustedClock(dir, host(), newest);

function reboot(offMs: number): void {
  real += offMs;
  booted = real;
  boot = `${boot}+`;
}

describe('a clock that is believed', () => {
  it('runs on with the host, over restarts of the helper and of the host', () => {
    for (let n = 0; n < 50; n++) {
      expect(clock().look(now())).toBeNull();
      if (n % 5 === 4) reboot(3 * DAY);
      else real += 20 * DAY;
    }
  });

  it('may go back; when it is right again, it is believed as well', () => {
    expect(clock().look(now())).toBeNull();
    wrong = -400 * DAY;
    real += DAY;
    expect(clock().look(now())).toBeNull();
    wrong = 0;
    real += DAY;
    expect(clock().look(now())).toBeNull();
  });

  it('that jumps ahead is not, however small its steps, until it is right or vouched for', () => {
    const one = clock();
    expect(one.look(now())).toBeNull();
    wrong = 14 * 365 * DAY;
    expect(one.look(now())).toEqual({ now: now(), believed: real });
    expect(clock().look(now())).not.toBeNull();
    wrong = 0;
    expect(one.look(now())).toBeNull();
    for (let n = 0; n < 100; n++) {
      wrong += 30 * 60_000;
      one.look(now());
    }
    expect(one.look(now())).toMatchObject({ believed: real });
    one.confirm(now());
    expect(one.look(now())).toBeNull();
    real += 90 * DAY;
    expect(clock().look(now())).toBeNull();
  });

  it('after the host was off: a month is believed, a year needs a person', () => {
    clock().look(now());
    reboot(30 * DAY);
    expect(clock().look(now())).toBeNull();
    reboot(365 * DAY);
    expect(clock().look(now())).not.toBeNull();
    real += 400 * DAY;
    expect(clock().look(now())).not.toBeNull();
  });

  it('without a kept moment the newest record is held against it', () => {
    writeFileSync(join(dir, CLOCK_FILE), '{"boot":');
    expect(clock(new Date(START - 20 * DAY).toISOString()).look(now())).toBeNull();
    rmSync(join(dir, CLOCK_FILE));
    expect(clock(new Date(START - 90 * DAY).toISOString()).look(now())).not.toBeNull();
  });

  it('never lets the believed time pass what really passed by more than the allowances', () => {
    const step = fc.record({
      pass: fc.integer({ min: 0, max: 10 * DAY }),
      wrong: fc.integer({ min: -1000 * DAY, max: 1000 * DAY }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        rmSync(join(dir, CLOCK_FILE), { force: true });
        [real, wrong, booted] = [START, 0, START - DAY];
        const one = clock();
        one.look(now());
        for (const { pass, wrong: next } of steps) {
          real += pass;
          wrong = next;
          const doubt = one.look(now());
          if (doubt === null) expect(now()).toBeLessThanOrEqual(real + 3_600_000);
          else expect(doubt.believed).toBe(real);
        }
      }),
    );
  });
});

describe('a ledger and a clock that jumps', () => {
  let paths: LedgerPaths;
  let ledger: AuditLedger;
  const sources = () => ({ ...systemSources(boot), now, uptime: () => real - booted });

  beforeEach(async () => {
    paths = { logDir: join(dir, 'a'), trustDir: join(dir, 't'), secretDir: join(dir, 's') };
    ledger = await openLedger(paths, { sources: sources() });
    for (let n = 0; n < 5; n++) await ledger.append({ type: 'fs.read', actor: USER });
  });
  afterEach(() => ledger.close());

  const prune = (more: object = {}) => ledger.prune({ days: 30, actor: USER, now: now(), ...more });

  it('removes nothing by it, and says what to do', () => {
    wrong = 5000 * DAY;
    expect(() => prune()).toThrow(
      expect.objectContaining({
        code: 'DENIED',
        message: expect.stringContaining('clock that jumped'),
        hint: expect.stringContaining('--trust-clock'),
      }),
    );
    expect(() => prune({ dryRun: true })).toThrow(/clock that jumped/);
    expect(prune({ dryRun: true, trustClock: true })).toMatchObject({ bodies: 5, dryRun: true });
    expect(ledger.records(0, 6).every(({ body }) => body !== null)).toBe(true);
  });

  it('also after a restart, and after rows were written by the wrong clock', async () => {
    wrong = 5000 * DAY;
    await ledger.append({ type: 'fs.read', actor: USER });
    await ledger.close();
    ledger = await openLedger(paths, { sources: sources() });
    expect(() => prune()).toThrow(/clock that jumped/);
  });

  it('removes them when a person vouches for the clock, which is recorded', async () => {
    real += 40 * DAY;
    reboot(100 * DAY);
    await ledger.close();
    ledger = await openLedger(paths, { sources: sources() });
    expect(() => prune()).toThrow(/clock that jumped/);
    expect(prune({ trustClock: true }).bodies).toBe(5);
    const [row] = ledger.list({ q: 'type:log.clock', limit: 1 }).items;
    expect(row).toMatchObject({ actor: 'officer' });
    expect(JSON.parse(ledger.record(row!.seq).body!)).toMatchObject({
      data: { confirmed: new Date(now()).toISOString() },
    });
    expect(prune().bodies).toBe(0);
  });

  it('holds the time of its rows while the clock is behind the newest of them', async () => {
    wrong = 50 * DAY;
    const { ts } = await ledger.append({ type: 'fs.read', actor: USER });
    wrong = 0;
    for (let n = 0; n < 3; n++) {
      real += 1000;
      expect((await ledger.append({ type: 'fs.read', actor: USER })).ts).toBe(ts);
    }
    real += 60 * DAY;
    expect((await ledger.append({ type: 'fs.read', actor: USER })).ts > ts).toBe(true);
  });
});
