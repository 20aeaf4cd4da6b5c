import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import type { CageStatus } from '../../../shared/contract/cage.ts';
import type { ProbeReport } from '../../cage/port.ts';
import { PROBE_EVERY_MS } from '../../service/cage/prober.ts';
import type { AuditLedger } from '../../store/ledger/ledger.ts';
import type { Wired } from '../../wiring.ts';
import { ServiceRig } from './rig.ts';

const LONG = `
name: long
description: a program that outlives the proof it started on
steps:
  - step: 1
    name: sleepy
    agent: tool_executor
    action: run
    config: { allowed_commands: [sleep] }
    parameters: { command: sleep, args: ["3600"] }
`;

let rig: ServiceRig;
let wired: Wired;
let project: string;
const call: ServiceRig['call'] = (name, input) => rig.call(name, input);

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  rig = new ServiceRig('protections', {});
  ({ wired, project } = rig);
  await rig.init();
  await call('project.configure', { set: { allowed_commands: ['sleep'] } });
  writeFileSync(join(project, 'workflows', 'long.yml'), LONG);
});

afterEach(async () => {
  await rig.close();
  vi.useRealTimers();
});

const real = await (async () => {
  const probeState = mkdtempSync(join(tmpdir(), 'akios-protections-probe-'));
  const backend = (await import('../../cage/linux/backend.ts')).createLinuxCage({
    stateDir: probeState,
  });
  const report = await backend.probe();
  await backend.dispose();
  rmSync(probeState, { recursive: true, force: true });
  return report;
})();

const proofOf = (status: CageStatus, id: string) =>
  status.protections.find((p) => p.id === id)?.proof;

async function rows(type: string) {
  const { items } = await call('audit.list', { q: `type:${type}` });
  return items;
}

/** What the back end would report when one wall has fallen. */
function withoutNetworkWall(report: ProbeReport): ProbeReport {
  return {
    ...report,
    level: 'refuse',
    probes: report.probes.map((p) => (p.id === 'P3' ? { ...p, ok: false } : p)),
  };
}

function withCage(): void {
  describe('a protection that fails while the cage is up', () => {
    it('is found by the periodic test: the live run is stopped and the fall is on record', async () => {
      await call('cage.up');
      const run = await call('run.start', { workflow: 'workflows/long.yml' });
      await expect.poll(() => wired.deps.engine.get(run.id).steps[0]?.state).toBe('running');
      const probe = wired.deps.cage.probe.bind(wired.deps.cage);
      wired.deps.cage.probe = async () => withoutNetworkWall(await probe());
      vi.advanceTimersByTime(PROBE_EVERY_MS);
      await expect.poll(async () => (await call('cage.status')).state).toBe('degraded');
      const status = await call('cage.status');
      expect(status).toMatchObject({ posture: 'UNKNOWN', level: 'refuse' });
      expect(proofOf(status, 'sandbox')).toBe('failed');
      const ended = await wired.deps.engine.wait(run.id);
      expect(ended.state).not.toBe('succeeded');
      expect((await rows('cage.probe')).map((row) => row.status)).toContain('refused');
      await expect(call('run.start', { workflow: 'workflows/long.yml' })).rejects.toMatchObject({
        code: 'CAGE_UNPROVED',
      });
      wired.deps.cage.probe = probe;
      vi.advanceTimersByTime(PROBE_EVERY_MS);
      await expect.poll(async () => (await call('cage.status')).state).toBe('up');
    });

    it('is found by a row that could not be made durable', async () => {
      await call('cage.up');
      const open = await wired.deps.projects.open(project);
      const { db } = open.ledger as AuditLedger;
      const most = db.pragma('max_page_count', { simple: true });
      db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`);
      const filler = { type: 'test.filler', actor: { type: 'user' as const, id: 't' } };
      const refused = async () => {
        for (let i = 0; i < 200; i++) {
          await open.ledger.append({ ...filler, data: { text: 'x'.repeat(4000) } });
        }
      };
      await expect(refused()).rejects.toMatchObject({ code: 'DISK_FULL' });
      const status = await call('cage.status');
      expect(status).toMatchObject({ state: 'degraded', posture: 'UNKNOWN' });
      expect(proofOf(status, 'audit')).toBe('failed');
      expect((await call('status.security')).lines.join('\n')).not.toContain('Active (inputs');
      await expect(call('run.start', { workflow: 'workflows/long.yml' })).rejects.toMatchObject({
        code: 'CAGE_UNPROVED',
      });
      db.pragma(`max_page_count = ${most}`);
      expect((await call('cage.probe')).state).toBe('up');
    });

    it('is found in settings that became invalid, which hinder neither looking nor lowering', async () => {
      await call('cage.up');
      const file = join(project, 'config.yaml');
      const good = readFileSync(file, 'utf8');
      writeFileSync(file, `${good}\nno_such_key: 1\n`);
      const status = await call('cage.status');
      expect(status).toMatchObject({ state: 'degraded', posture: 'UNKNOWN' });
      expect(status.reasons.join(' ')).toContain('no_such_key');
      const { checks } = await call('doctor');
      expect(checks).toContainEqual(expect.objectContaining({ id: 'C1', status: 'FAIL' }));
      await call('status.get');
      await expect(call('run.start', { workflow: 'workflows/long.yml' })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
      writeFileSync(file, good);
      expect((await call('cage.status')).state).toBe('up');
      writeFileSync(file, '- no mapping');
      await call('cage.down', { keepData: true });
      expect((await call('cage.status')).state).toBe('down');
    });

    it('is found when the detector finds nothing any more', async () => {
      await call('cage.up');
      const open = await wired.deps.projects.open(project);
      open.redactor.redact = (text: string) => ({ text, replacements: [], counts: {} }) as never;
      const status = await call('cage.probe');
      expect(status.state).toBe('degraded');
      expect(proofOf(status, 'pii')).toBe('failed');
    });

    it('is found when the way out no longer refuses', async () => {
      await call('cage.up');
      await wired.deps.egress.dispose();
      const status = await call('cage.probe');
      expect(status.state).toBe('degraded');
    });
  });

  describe('a test that ends after the cage was lowered', () => {
    it('does not raise it again', async () => {
      await call('cage.up');
      let go: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      const probe = wired.deps.cage.probe.bind(wired.deps.cage);
      wired.deps.cage.probe = async () => {
        await gate;
        return probe();
      };
      const late = call('cage.probe');
      await call('cage.down', { keepData: true });
      go();
      await late;
      expect((await call('cage.status')).state).toBe('down');
    });
  });
}

if (real.level === 'refuse') {
  const bad = real.probes.filter((p) => p.ok === false).map((p) => `${p.id} ${p.observed}`);
  declareNotRun('protections that fail under a raised cage', bad.join('; '));
} else withCage();
