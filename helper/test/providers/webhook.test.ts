import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { createWebhookAgent } from '../../agents/webhook/agent.ts';
import { actionOf, contextFor, run } from './context.ts';
import { type ProviderServer, startProviderServer, status } from './provider-server.ts';

const HOSTS = [
  'hooks.slack.com',
  'discord.com',
  'acme.webhook.office.com',
  'hooks.example.org',
  'other.example.org',
];
let server: ProviderServer;
beforeAll(async () => {
  server = await startProviderServer(HOSTS);
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
  server.behave(status(200, {}, 'ok'));
});

const secrets = {
  HOOK_SECRET: 'a-secret-of-enough-length',
  SLACK_URL: 'https://hooks.slack.com/services/T0/B0/xyz',
  SHORT: 'short',
};
const context = () =>
  contextFor({
    secrets,
    egress: server.egress,
    egressPolicy: {
      run: 'run-1',
      rules: HOSTS.slice(0, 4).map((host) => ({ host, ports: [443] })),
      maxConnections: 4,
      maxBytes: 1_000_000,
    },
  });
const agent = () => createWebhookAgent({ secret: (name) => secrets[name as keyof typeof secrets] });
const send = (params: JsonObject) => run(agent(), 'send', params, context());
const bodyOf = (i = 0) => JSON.parse(server.requests[i]?.body ?? 'null') as JsonObject;

describe('webhook agent', () => {
  it('signs body and time so that a receiver can check both', async () => {
    const result = await send({
      webhook_url: 'https://hooks.example.org/in',
      message: 'Claim «NAME» is ready.',
      signing_secret: '${HOOK_SECRET}',
      data: { id: 7 },
    });
    expect(result.output).toMatchObject({ status: 200, platform: 'generic', signed: true });
    const [request] = server.requests;
    const stamp = String(request?.headers['x-akios-timestamp']);
    const expected = createHmac('sha256', secrets.HOOK_SECRET)
      .update(`v1:${stamp}:${request?.body}`)
      .digest('hex');
    expect(request?.headers['x-akios-signature']).toBe(`v1=${expected}`);
    expect(Math.abs(Number(stamp) - Date.now() / 1000)).toBeLessThan(60);
    expect(bodyOf()).toMatchObject({
      message: 'Claim «NAME» is ready.',
      run: 'run-1',
      step: 'step-1',
      data: { id: 7 },
    });
  });

  it('lets no document text mention people on Slack or Discord, or write markup on Teams', async () => {
    const message = '<!channel> @everyone <https://evil.example|click> **bold**';
    await send({ webhook_url: 'https://hooks.slack.com/services/T/B/x', message });
    await send({ webhook_url: 'https://discord.com/api/webhooks/1/x', message });
    await send({ webhook_url: 'https://acme.webhook.office.com/x', message, title: 'T' });
    expect(bodyOf(0)['text']).toBe(
      '&lt;!channel&gt; @everyone &lt;https://evil.example|click&gt; **bold**',
    );
    expect(bodyOf(1)).toEqual({ content: message, allowed_mentions: { parse: [] } });
    expect(JSON.stringify(bodyOf(2))).toContain('RichTextBlock');
    expect(JSON.stringify(bodyOf(2))).not.toContain('"TextBlock"');
  });

  it('cuts what a platform would refuse, and says so', async () => {
    await send({ webhook_url: 'https://discord.com/api/webhooks/1/x', message: 'x'.repeat(5000) });
    const content = String(bodyOf()['content']);
    expect(content.length).toBeLessThanOrEqual(2000);
    expect(content.endsWith('(cut)')).toBe(true);
  });

  it('takes the address from the secret store and shows its host alone', async () => {
    const params = { webhook_url: '${SLACK_URL}', message: 'hi' };
    const described = actionOf(agent(), 'notify').describe(params);
    expect(described).toMatchObject({
      gate: 'net',
      target: 'hooks.slack.com:443',
      reversibility: 'none',
      idempotent: false,
    });
    const result = await send(params);
    expect(server.requests[0]?.url).toBe('/services/T0/B0/xyz');
    expect(JSON.stringify([described, result])).not.toContain('xyz');
  });

  it.each([
    ['http://hooks.example.org/in', undefined],
    ['ftp://hooks.example.org/in', undefined],
    ['https://user:pw@hooks.example.org/in', undefined],
    ['https://127.0.0.1/in', undefined],
    ['https://[::1]/in', undefined],
    ['https://2130706433/in', undefined],
    ['https://0x7f.1/in', undefined],
    ['file:///etc/passwd', undefined],
    ['not a url', undefined],
    ['${UNKNOWN}', undefined],
    ['https://hooks.example.org/in', 'slack'],
    ['https://hooks.slack.com.evil.example/in', 'slack'],
    ['https://evilwebhook.office.com.example/in', 'teams'],
  ])('refuses %s (%s) before anything is decided', (url, platform) => {
    const params = { webhook_url: url, message: 'x', ...(platform ? { platform } : {}) };
    expect(() => actionOf(agent(), 'notify').describe(params)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it('stays inside the egress policy of the run', async () => {
    await expect(
      send({ webhook_url: 'https://other.example.org/in', message: 'x' }),
    ).rejects.toMatchObject({ code: 'NET_DENIED' });
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    '${MISSING}',
    '${SHORT}',
  ])('sends nothing unsigned when %s cannot sign', async (name) => {
    await expect(
      send({ webhook_url: 'https://hooks.example.org/in', message: 'x', signing_secret: name }),
    ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    301, 400, 404, 429, 500,
  ])('status %d is an error that repeats neither address nor answer', async (code) => {
    server.behave(status(code, { location: 'https://other.example.org/' }, 'very secret answer'));
    const error = await send({
      webhook_url: 'https://hooks.example.org/path-is-secret',
      message: 'x',
    }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'REMOTE_STATUS' });
    expect(JSON.stringify((error as { toValue(): unknown }).toValue())).not.toMatch(
      /path-is-secret|very secret/,
    );
    expect(server.requests).toHaveLength(1);
  });

  it('stops calling a receiver that keeps failing', async () => {
    server.behave(status(500));
    const hook = createWebhookAgent({ breaker: { failures: 2, openMs: 60_000 } });
    const params = { webhook_url: 'https://hooks.example.org/in', message: 'x' };
    for (const code of ['REMOTE_STATUS', 'REMOTE_STATUS', 'PROVIDER_UNAVAILABLE']) {
      await expect(run(hook, 'notify', params, context())).rejects.toMatchObject({ code });
    }
    expect(server.requests).toHaveLength(2);
  });

  it('refuses unknown keys and a key written in the step', () => {
    const { params } = actionOf(agent(), 'notify');
    const good = { webhook_url: 'https://hooks.example.org/in', message: 'x' };
    expect(params.safeParse(good).success).toBe(true);
    expect(params.safeParse({ ...good, colour: 'red' }).success).toBe(false);
    expect(params.safeParse({ ...good, signing_secret: 'written-out-secret-here' }).success).toBe(
      false,
    );
  });
});
