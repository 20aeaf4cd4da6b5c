import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createLlmAgent } from '../../agents/llm/agent.ts';
import { createRegistry } from '../../agents/registry.ts';
import { createEgress } from '../../cage/egress/egress.ts';
import { createPriceBook } from '../../core/prices/prices.ts';
import { eventsFor } from '../providers/provider-server.ts';
import { ALICE, makeRig, type Rig } from './harness.ts';

const EFFECTS = 1000;
const RUNS = 100;

let rig: Rig | null = null;
let server: Server | null = null;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await rig?.close();
});

/** A model server that answers nobody until `all` requests are open at one time. */
async function gatheringServer(all: number) {
  const waiting: ServerResponse[] = [];
  const prompts: string[] = [];
  const made = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      prompts.push(/item-\d+-\d+/.exec(body)?.[0] ?? body);
      waiting.push(response);
      if (prompts.length < all) return;
      for (const open of waiting.splice(0)) {
        open.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const event of eventsFor('local', ['An ', 'answer.'], { input: 9, output: 3 }, 'stop'))
          open.write(event);
        open.end();
      }
    });
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', 8192, resolve));
  return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, prompts };
}

test('a thousand model calls open at one time leave one intent and one outcome each', async () => {
  const { url, prompts } = await gatheringServer(EFFECTS);
  const made = await makeRig({
    config: `max_concurrent_runs: ${RUNS}\nlocal_only: true\nrun_timeout_seconds: 3600`,
  });
  rig = made;
  // All of them stand open until the last has come, which a busy machine may take minutes for.
  const egress = createEgress({ times: { handshakeMs: 900_000, idleMs: 900_000 } });
  made.project.egress = egress;
  made.project.agents = createRegistry([
    createLlmAgent({
      prices: createPriceBook(),
      localOnly: true,
      localUrls: { ollama: url },
      retry: { tries: 1, backoffMs: 1, maxBackoffMs: 1 },
    }),
  ]);
  const items = Array.from({ length: EFFECTS / RUNS }, (_, i) => i).join(', ');
  const runs = await Promise.all(
    Array.from({ length: RUNS }, (_, k) =>
      made.engine.start(
        'p1',
        made.workflow(
          `name: t\ndescription: d\nsteps:\n  - {name: a, agent: llm, action: complete, for_each: {items: [${items}], concurrency: 16}, timeout: 15m, parameters: {provider: ollama, timeout: 300, prompt: "item-${k}-{item}"}}\n`,
          `workflows/run-${k}.yml`,
        ),
        ALICE,
      ),
    ),
  );
  const ended = await Promise.all(runs.map((run) => made.engine.wait(run.id)));
  await egress.dispose();
  expect(made.bugs).toEqual([]);
  expect(ended.filter((run) => run.state !== 'succeeded')).toEqual([]);
  expect(new Set(prompts).size).toBe(EFFECTS);
  expect(prompts).toHaveLength(EFFECTS);
  const rows = made.rows();
  const intents = rows.filter((row) => row['expects'] === 'outcome');
  const outcomes = rows.filter((row) => row['type'] === 'llm.outcome');
  const effects = new Set(intents.map((row) => (row['data'] as { effect: string }).effect));
  expect([intents.length, effects.size]).toEqual([EFFECTS, EFFECTS]);
  expect([outcomes.length, new Set(outcomes.map((row) => row['intent'])).size]).toEqual([
    EFFECTS,
    EFFECTS,
  ]);
  expect(new Set(outcomes.map((row) => (row['result'] as { status: string }).status))).toEqual(
    new Set(['ok']),
  );
  expect(made.ledger.openIntents()).toEqual([]);
}, 900_000);
