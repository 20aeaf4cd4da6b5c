import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { createDatabaseAgent } from '../../agents/database/agent.ts';
import { createFilesystemAgent } from '../../agents/filesystem/agent.ts';
import { createLlmAgent } from '../../agents/llm/agent.ts';
import { createRegistry } from '../../agents/registry.ts';
import { createToolExecutorAgent } from '../../agents/tool-executor/agent.ts';
import { createWebhookAgent } from '../../agents/webhook/agent.ts';
import { createLinuxCage } from '../../cage/linux/backend.ts';
import { bundleWorker } from '../../cage/worker/bundle.ts';
import { startWorker } from '../../cage/worker/worker.ts';
import { createPriceBook } from '../../core/prices/prices.ts';
import { limitsOf } from '../../engine/run/resources.ts';
import { ALICE, makeRig } from '../engine/harness.ts';

const ASSETS = join(import.meta.dirname, '../../../assets');
const base = mkdtempSync(join(tmpdir(), 'akios-shipped-'));
const cage = createLinuxCage({ stateDir: join(base, 'cage') });
const report = await cage.probe();

afterAll(async () => {
  await cage.dispose();
  rmSync(base, { recursive: true, force: true });
});

/** Runs one shipped workflow on the sample documents with the real agents, worker and cage. */
async function runShipped(path: string, granted: boolean, own?: string) {
  const asked: string[] = [];
  const rig = await makeRig({
    config: 'allowed_commands: [wc]',
    ports: {
      approver: {
        ask: async (question) => {
          asked.push(JSON.stringify(question));
          return { granted, by: 'user:bob', reason: 'looked at it' };
        },
      },
    },
  });
  try {
    rig.project.cage = cage;
    rig.project.agents = createRegistry([
      createFilesystemAgent(),
      createToolExecutorAgent(),
      createLlmAgent({ prices: createPriceBook() }),
      createWebhookAgent(),
      createDatabaseAgent({ nodePath: process.execPath }),
    ]);
    rig.project.openWorker = (run, grants) =>
      startWorker(cage, grants, {
        workerBundle: join(base, 'worker.mjs'),
        nodePath: process.execPath,
        limits: limitsOf(rig.project.config, 60_000),
        id: run,
      });
    cpSync(join(ASSETS, 'sample'), rig.dir, { recursive: true });
    cpSync(join(ASSETS, 'templates'), join(rig.dir, 'workflows'), { recursive: true });
    if (own !== undefined) rig.workflow(own, path);
    const started = await rig.engine.start('p1', path, ALICE);
    const ended = await rig.engine.wait(started.id);
    const folder = join(rig.dir, 'data/output', ended.id);
    const files = Object.fromEntries(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
    return { ended, files, asked, detail: rig.engine.get(started.id), bugs: rig.bugs };
  } finally {
    await rig.close();
  }
}

/** Every form the older product took, as its users wrote it. */
const OLDER = `
name: "Older form"
description: "as it was written before"
steps:
  - step: 1
    agent: "filesystem"
    action: "read"
    config: {allowed_paths: ["./data/input"], read_only: true}
    parameters: {path: "./data/input/email-thread.txt"}
  - step: 2
    agent: "llm"
    action: "complete"
    config: {provider: "builtin", model: "extractive", api_key: "\${OPENAI_API_KEY}"}
    parameters: {prompt: "Summarise: {previous_output}", max_tokens: 300, temperature: 0.2}
  - step: 3
    agent: "llm"
    action: "generate"
    config: {provider: "builtin"}
    parameters:
      messages:
        - {role: "system", content: "You are brief."}
        - {role: "user", content: "Again: {step_1_output} {step_2_output[text]}"}
    condition: "step_2_output.status == 'success' and 'no such words' not in previous_output"
    on_error: "skip"
  - step: 4
    agent: "tool_executor"
    action: "execute"
    config: {allowed_commands: ["wc"], timeout: 30, max_output_size: 1000}
    parameters: {command: "wc", args: ["--version"]}
  - step: 5
    agent: "filesystem"
    action: "write"
    config: {allowed_paths: ["./data/output"]}
    parameters:
      path: "./data/output/result.txt"
      content: "{step_3_output} / {step_4_output[stdout]}"
    on_error: "retry"
  - step: 6
    agent: "filesystem"
    action: "analyze"
    config: {allowed_paths: ["./data/input"]}
    parameters: {path: "./data/input/email-thread.txt"}
    condition: "1 > 2"
`;

function shipped(): void {
  beforeAll(async () => {
    await bundleWorker(join(base, 'worker.mjs'));
  });

  test.each([
    ['workflows/hello-workflow.yml', 'hello.txt', 'Hello from inside the cage.'],
    ['workflows/document_ingestion.yml', 'ingested.md', '# Redacted source'],
    ['workflows/batch_processing.yml', 'overview.md', '# Overview of 3 documents'],
    ['workflows/file_analysis.yml', 'analysis.md', 'Words (wc -w): '],
    ['workflows/compliance_demo.yml', 'review.md', '# Review'],
    ['workflows/sample.yml', 'report.md', '## Words in the e-mail thread (wc -w)'],
  ])('%s runs on the sample documents and leaves no personal data', async (path, file, text) => {
    const { ended, files, detail, bugs } = await runShipped(path, true);
    expect(bugs).toEqual([]);
    const others = detail.steps.filter((step) => step.state !== 'succeeded');
    expect(others.map(({ name, state, error }) => [name, state, error])).toEqual([]);
    expect(ended).toMatchObject({ state: 'succeeded', costMicros: 0 });
    expect(files[file]).toContain(text);
    expect(Object.values(files).join('\n')).not.toMatch(/[\w.+-]+@[\w-]+\.\w{2,}/);
  });

  test('a workflow of the older form runs unchanged', async () => {
    const { ended, files, detail, bugs } = await runShipped('workflows/older.yml', true, OLDER);
    expect(bugs).toEqual([]);
    expect(ended).toMatchObject({ state: 'succeeded' });
    expect(detail.steps.map((step) => step.state)).toEqual([
      ...Array(5).fill('succeeded'),
      'skipped',
    ]);
    expect(files['result.txt']).toMatch(/\S+ \/ wc \(GNU coreutils\)/);
    expect(Object.values(files).join('\n')).not.toMatch(/[\w.+-]+@(?!gnu)[\w-]+\.\w{2,}/);
  });

  test('the compliance demo files nothing when the person says no', async () => {
    const { ended, files, asked } = await runShipped('workflows/compliance_demo.yml', false);
    expect(asked).toHaveLength(1);
    expect(ended.state).toBe('denied');
    expect(files['review.md']).toBeUndefined();
  });
}

if (report.level === 'refuse') {
  const bad = report.probes.filter((p) => p.ok === false).map((p) => `${p.id} ${p.observed}`);
  declareNotRun('shipped workflows in the cage', `no cage can be had here: ${bad.join('; ')}`);
  test('the cage was refused, and says why', () => expect(bad.length).toBeGreaterThan(0));
} else {
  describe('shipped workflows', shipped);
}
