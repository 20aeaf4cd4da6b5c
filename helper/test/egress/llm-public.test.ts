import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ended, type Ran } from '../agent-run/support.ts';
import {
  eventsFor,
  KEY_NAMES,
  PROVIDER_HOSTS,
  REMOTE_NAMES,
} from '../providers/provider-server.ts';
import {
  openPublicHost,
  type PublicHost,
  type PublicHostOptions,
  type SeenRequest,
} from '../support/public-host.ts';

/**
 * The llm agent of a real workflow, through the real helper and its real way out: resolver, address
 * rules, pinned dial, port 443, server name and certificate. Only the world around it is a test's.
 */
const MAIN = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
const KEY = 'sk-test-0123456789abcdef0123';

const ADDRESSES = Object.fromEntries(
  REMOTE_NAMES.map((name, i) => [PROVIDER_HOSTS[name], `93.184.216.${34 + i}`]),
);
const OTHER = 'other.test-host.example';
const HOSTS = { ...ADDRESSES, [OTHER]: '93.184.216.90' };

let root: string;
let project: string;
let host: PublicHost;

const start = (args: readonly string[], cwd: string) => host.start(args, cwd, join(root, 'state'));

const akios = (...args: string[]): Promise<Ran> =>
  ended(start([process.execPath, MAIN, ...args], project));

interface Output {
  status: string;
  results: { output: { text?: string }; error?: { code: string; message: string } }[];
  error?: { code: string };
  cost: { total_cost_micros: number; budget_limit_micros: number };
}

async function run(steps: string, more = ''): Promise<{ code: number | null; output: Output }> {
  writeFileSync(
    join(project, 'workflows', 'ask.yml'),
    `name: ask\ndescription: asks models\nsteps:\n${steps}`,
  );
  const config = join(project, 'config.yaml');
  const before = readFileSync(config, 'utf8');
  const own = more.split(':')[0] ?? '';
  if (more !== '') {
    const kept = before.split('\n').filter((line) => !line.startsWith(`${own}:`));
    writeFileSync(config, `${kept.join('\n')}\n${more}\n`);
  }
  const ran = await akios('run', 'workflows/ask.yml', '--json');
  writeFileSync(config, before);
  const latest = await akios('output', 'latest', '--json');
  return { code: ran.code, output: JSON.parse(latest.out.toString()) as Output };
}

const step = (provider: string, action = 'complete') =>
  `  - {agent: llm, action: ${action}, parameters: {provider: ${provider}, prompt: "Write to jane.doe@example.com about ${provider} ${action}."}}\n`;

/** The answer in the protocol of the host, piece by piece. */
async function stream(seen: SeenRequest, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const pieces = ['An answer', ' of ', seen.host, '.'];
  for (const event of eventsFor(seen.host, pieces, { input: 40, output: 8 }, 'stop')) {
    response.write(event);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  response.end();
}

async function open(options: PublicHostOptions): Promise<void> {
  host = await openPublicHost({ handler: stream, ...options });
  expect((await akios('init', '--json')).code).toBe(0);
  const env = REMOTE_NAMES.map((name) => `${KEY_NAMES[name]}=${KEY}\n`).join('');
  writeFileSync(join(project, '.env'), env, { mode: 0o600 });
  const up = await akios('cage', 'up');
  expect([up.code, up.err]).toEqual([0, '']);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-llm-way-'));
  project = join(root, 'project');
  mkdirSync(project);
});
afterEach(async () => {
  await akios('helper', 'stop');
  await host.close();
  rmSync(root, { recursive: true, force: true });
});

describe('the llm agent on the real way out', { timeout: 180_000 }, () => {
  it('asks each provider under its own name, streams its answer, and reaches no other', async () => {
    await open({ hosts: HOSTS });
    const { code, output } = await run(
      REMOTE_NAMES.flatMap((name) => [step(name), step(name, 'chat')]).join(''),
    );
    expect([code, output.error]).toEqual([0, undefined]);
    const wanted = REMOTE_NAMES.flatMap((name) => [PROVIDER_HOSTS[name], PROVIDER_HOSTS[name]]);
    expect(output.results.map((result) => result.output.text)).toEqual(
      wanted.map((name) => `An answer of ${name}.`),
    );
    expect(host.requests.map((request) => [request.host, request.serverName])).toEqual(
      wanted.map((name) => [name, name]),
    );
    for (const request of host.requests) {
      expect(request.body).toContain('«EMAIL»');
      expect(request.body).not.toContain('jane.doe');
      expect(JSON.stringify(request.headers)).toContain(KEY);
    }
    expect(output.cost.total_cost_micros).toBeGreaterThan(0);
    expect(output.cost.total_cost_micros).toBeLessThanOrEqual(output.cost.budget_limit_micros);
    expect(JSON.stringify(output)).not.toContain(KEY);

    // Every connection has its row, under the run.
    const rows = await akios('audit', 'log', '--limit', '500', '--json');
    const { events } = JSON.parse(rows.out.toString()) as {
      events: { type: string; subject: string; run: string | null }[];
    };
    const admitted = events.filter((event) => event.type === 'net.allowed');
    expect(new Set(admitted.map((event) => event.subject))).toEqual(
      new Set(wanted.map((name) => `${name}:443`)),
    );
    expect(admitted.length).toBe(2 * wanted.length);
    expect(admitted.every((event) => /^run_[^/]+$/.test(event.run ?? ''))).toBe(true);

    // What may not be asked is refused before anything is dialled.
    const before = host.connections();
    for (const [steps, more, denied] of [
      [step('openai'), 'local_only: true', 3],
      [step('openai'), 'allowed_providers: [mistral]', 3],
      [
        `  - {agent: llm, action: complete, parameters: {provider: openai, base_url: "https://${OTHER}/v1", prompt: hi}}\n`,
        '',
        3,
      ],
    ] as const) {
      const refused = await run(steps, more);
      expect([more, refused.code, refused.output.status]).toEqual([more, denied, 'denied']);
    }
    expect(host.connections()).toBe(before);

    // A redirect leads nowhere, and the key stays.
    host.answer((_seen, response) => {
      response.writeHead(307, { location: `https://${OTHER}/v1/chat/completions` });
      response.end();
    });
    const asked = host.requests.length;
    const redirected = await run(step('openai'));
    expect([redirected.code, redirected.output.error?.code]).toEqual([1, 'PROVIDER_FAILED']);
    expect(host.requests.slice(asked).map((request) => request.host)).toEqual(['api.openai.com']);
    expect(redirected.output.cost.total_cost_micros).toBe(0);

    expect((await akios('audit', 'verify')).code).toBe(0);
  });

  it('gives nothing to a server whose certificate has another name', async () => {
    await open({ hosts: HOSTS, certified: [OTHER] });
    for (const name of REMOTE_NAMES) {
      const { code, output } = await run(step(name));
      expect([name, code, output.results[0]?.error?.code]).toEqual([name, 1, 'PROVIDER_FAILED']);
      expect(output.cost.total_cost_micros).toBe(0);
    }
    expect(host.connections()).toBeGreaterThanOrEqual(REMOTE_NAMES.length);
    expect(host.requests).toEqual([]);
  });

  it('does not dial a private address that stands under the name of a provider', async () => {
    const rebound = Object.fromEntries(
      REMOTE_NAMES.map((name, i) => [PROVIDER_HOSTS[name], `10.20.30.${40 + i}`]),
    );
    await open({ hosts: rebound });
    for (const name of REMOTE_NAMES.slice(0, 2)) {
      const { code, output } = await run(step(name));
      expect([name, code, output.results[0]?.error?.code]).toEqual([name, 3, 'NET_DENIED']);
    }
    expect(host.connections()).toBe(0);
  });
});
