import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { createFilesystemAgent } from '../../agents/filesystem/agent.ts';
import { createLlmAgent } from '../../agents/llm/agent.ts';
import { createRegistry } from '../../agents/registry.ts';
import { createToolExecutorAgent } from '../../agents/tool-executor/agent.ts';
import { createLinuxCage } from '../../cage/linux/backend.ts';
import type { CageBackend } from '../../cage/port.ts';
import { bundleWorker } from '../../cage/worker/bundle.ts';
import { startWorker } from '../../cage/worker/worker.ts';
import { createPriceBook } from '../../core/prices/prices.ts';
import { limitsOf } from '../../engine/run/resources.ts';
import { ALICE, makeRig, type Rig } from './harness.ts';

const ASSETS = join(import.meta.dirname, '../../../assets');
const base = mkdtempSync(join(tmpdir(), 'akios-caged-'));
const cage: CageBackend = createLinuxCage({ stateDir: join(base, 'cage') });
const report = await cage.probe();
let rig: Rig | null = null;

afterEach(async () => {
  await rig?.close();
  rig = null;
});
afterAll(async () => {
  await cage.dispose();
  rmSync(base, { recursive: true, force: true });
});

/** The real agents, worker and cage; the documents and templates that ship with the product. */
async function realRig(config = 'allowed_commands: [wc, sh, sleep, cat]'): Promise<Rig> {
  const made = await makeRig({ config });
  made.project.cage = cage;
  made.project.agents = createRegistry([
    createFilesystemAgent(),
    createToolExecutorAgent(),
    createLlmAgent({ prices: createPriceBook() }),
  ]);
  made.project.openWorker = (run, grants) =>
    startWorker(cage, grants, {
      workerBundle: join(base, 'worker.mjs'),
      nodePath: process.execPath,
      limits: limitsOf(made.project.config, 60_000),
      id: run,
    });
  cpSync(join(ASSETS, 'sample'), made.dir, { recursive: true });
  cpSync(join(ASSETS, 'templates'), join(made.dir, 'workflows'), { recursive: true });
  rig = made;
  return made;
}

async function run(made: Rig, text: string) {
  const started = await made.engine.start('p1', made.workflow(text), ALICE);
  const ended = await made.engine.wait(started.id);
  expect(made.bugs).toEqual([]);
  return { ended, detail: made.engine.get(started.id) };
}

const head = 'name: t\ndescription: d\nsteps:\n';
const sh = (script: string, more = '') =>
  `  - {name: tool, agent: tool_executor, action: run, parameters: {command: sh, args: ["-c", ${JSON.stringify(script)}]}${more}}\n`;

test('the trial cage says what it proved', () => {
  expect(report.probes.length).toBeGreaterThan(0);
  expect(['full', 'strong', 'refuse']).toContain(report.level);
});

function withCage(): void {
  beforeAll(async () => {
    await bundleWorker(join(base, 'worker.mjs'));
  });

  test('the sample workflow reads the documents, summarises, counts and reports, all redacted', async () => {
    const made = await realRig();
    const started = await made.engine.start('p1', 'workflows/sample.yml', ALICE);
    const ended = await made.engine.wait(started.id);
    const detail = made.engine.get(started.id);
    expect(detail.steps.map((s) => `${s.name} ${s.state} ${s.error?.message ?? ''}`)).toEqual(
      detail.steps.map((s) => `${s.name} succeeded `),
    );
    expect(ended).toMatchObject({ state: 'succeeded', costMicros: 0, denied: 0 });
    expect(ended.redacted).toBeGreaterThan(10);
    const folder = join(made.dir, 'data/output', ended.id);
    const files = readdirSync(folder);
    expect(files).toContain('output.json');
    expect(files.length).toBeGreaterThan(1);
    const all =
      files.map((f) => readFileSync(join(folder, f), 'utf8')).join('\n') +
      JSON.stringify(made.rows()) +
      JSON.stringify(detail);
    const mails =
      readFileSync(join(made.dir, 'data/input/email-thread.txt'), 'utf8').match(
        /[\w.+-]+@[\w-]+\.[\w.]+/g,
      ) ?? [];
    expect(mails.length).toBeGreaterThan(0);
    for (const mail of mails) expect(all).not.toContain(mail);
    expect(all).toContain('«EMAIL»');
    expect(made.ledger.openIntents()).toEqual([]);
  });

  test('a program in the cage sees no host file, no network and no other run', async () => {
    const made = await realRig();
    const { detail } = await run(
      made,
      head +
        sh(
          'cat /etc/shadow; cat ../../../audit/audit.db; ls /home /root; echo x > /etc/x; (exec 3<>/dev/tcp/1.1.1.1/80); true',
        ),
    );
    expect(detail.steps[0]?.state).toBe('succeeded');
    const log = detail.log.map((l) => l.text).join('\n');
    expect(log).not.toMatch(/root:/);
    expect(log).toMatch(/No such file|denied|Read-only|cannot/i);
  });

  test('the kill switch leaves no process of the run', async () => {
    const made = await realRig();
    const spawned: { exited: Promise<unknown> }[] = [];
    made.project.cage = {
      ...cage,
      name: cage.name,
      probe: () => cage.probe(),
      dispose: () => cage.dispose(),
      spawn: async (spec) => {
        const process = await cage.spawn(spec);
        spawned.push(process);
        return process;
      },
    };
    const started = await made.engine.start(
      'p1',
      made.workflow(head + sh('sleep 100 & sleep 100')),
      ALICE,
    );
    while (spawned.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const ended = await made.engine.cancel(started.id, ALICE);
    await Promise.all(spawned.map((process) => process.exited));
    expect(ended.state).toBe('killed');
    expect(made.ledger.openIntents()).toEqual([]);
  });

  test('a step past its time-out is killed; a hook that fails stops the run', async () => {
    const made = await realRig();
    const late = await run(made, head + sh('sleep 100', ', timeout: 300ms'));
    expect(late.ended).toMatchObject({ state: 'failed', error: { code: 'TIMEOUT' } });
    const hooked = await run(
      made,
      `name: t\ndescription: d\nhooks: {before_step: {command: sh, args: ["-c", "exit 3"]}}\nsteps:\n${sh('echo never > done.txt', ', on_error: skip')}`,
    );
    expect(hooked.ended).toMatchObject({ state: 'denied', error: { code: 'DENIED' } });
    expect(existsSync(join(made.dir, 'data/output', hooked.ended.id, 'done.txt'))).toBe(false);
  });

  test('a link that a program leaves in its folder is not followed by the result', async () => {
    const made = await realRig();
    const { ended } = await run(
      made,
      head + sh('ln -s /etc/passwd output.json; ln -s ../../../config.yaml c; true'),
    );
    expect(ended.state).toBe('succeeded');
    const result = readFileSync(join(made.dir, 'data/output', ended.id, 'output.json'), 'utf8');
    expect(JSON.parse(result)).toMatchObject({ workflow_id: ended.id });
    expect(readFileSync('/etc/passwd', 'utf8')).toContain('root:');
  });
}

if (report.level === 'refuse') {
  const bad = report.probes.filter((p) => p.ok === false).map((p) => `${p.id} ${p.observed}`);
  declareNotRun('engine with the Linux cage', `no cage can be had here: ${bad.join('; ')}`);
} else {
  describe('with the real cage, worker and agents', withCage);
}
