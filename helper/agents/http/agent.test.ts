import { describe, expect, it } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { EgressRequest, EgressResponse } from '../../cage/egress/port.ts';
import type { ActionContext } from '../port.ts';
import { createHttpAgent } from './agent.ts';

type Answer = Partial<EgressResponse> & { text?: string };

function setUp(answers: (request: EgressRequest) => Answer, clock = { at: 0 }) {
  const sent: EgressRequest[] = [];
  const agent = createHttpAgent({ now: () => clock.at });
  const context = {
    run: 'run_1',
    egress: {
      request: async (_policy: unknown, request: EgressRequest): Promise<EgressResponse> => {
        sent.push(request);
        const { text, ...answer } = answers(request);
        return {
          status: 200,
          headers: {},
          body: Buffer.from(text ?? ''),
          address: '192.0.2.1',
          ...answer,
        };
      },
    },
    egressPolicy: {},
    signal: new AbortController().signal,
    secret: (name: string) => (name === 'HTTP_TOKEN' ? 's3cr3t-value' : undefined),
  } as unknown as ActionContext;
  const action = (name: string) =>
    agent.actions.find((a) => a.name === name || a.aliases.includes(name))!;
  const call = (name: string, params: JsonObject) =>
    action(name).perform(action(name).params.parse(params), context);
  return { sent, call, action, clock };
}

describe('the http agent', () => {
  it('offers every method in any case and sends query, headers and JSON', async () => {
    const { sent, call, action } = setUp(() => ({
      headers: { 'content-type': 'application/json' },
      text: '{"a":1}',
    }));
    const { output } = await call('POST', {
      url: 'https://api.example.com/v1?x=1',
      params: { q: 'two words' },
      headers: { 'X-Trace': 'abc' },
      data: { name: 'Ann' },
    });
    expect(output).toMatchObject({ status: 200, ok: true, data: { a: 1 }, text: '{"a":1}' });
    expect(sent[0]).toMatchObject({
      method: 'post',
      url: 'https://api.example.com/v1?x=1&q=two+words',
      headers: { 'x-trace': 'abc', 'content-type': 'application/json' },
      body: '{"name":"Ann"}',
    });
    await call('request', { method: 'DeLeTe', url: 'https://api.example.com/' });
    expect(sent[1]!.method).toBe('delete');
    for (const name of ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'GET']) {
      expect(action(name)).toBeDefined();
    }
  });

  it('describes the canonical host and port, and what cannot be undone', () => {
    const { action } = setUp(() => ({}));
    expect(action('get').describe({ url: 'https://api.example.com/x' })).toMatchObject({
      gate: 'net',
      action: 'get',
      target: 'api.example.com:443',
      reversibility: 'full',
    });
    expect(action('post').describe({ url: 'https://api.example.com:8443/x' })).toMatchObject({
      target: 'api.example.com:8443',
      reversibility: 'none',
      idempotent: false,
    });
    for (const url of [
      'http://api.example.com/',
      'https://u:p@api.example.com/',
      'ftp://x.example/',
    ]) {
      expect(() => action('get').describe({ url })).toThrow(AkiosError);
    }
  });

  it('judges each redirect anew, drops logins for another host and never carries data there', async () => {
    const { sent, call } = setUp(({ url }) =>
      url.endsWith('/start')
        ? { status: 302, headers: { location: 'https://other.example.com/next' } }
        : { text: 'end' },
    );
    const { output } = await call('get', {
      url: 'https://api.example.com/start',
      auth: { type: 'bearer', secret: 'HTTP_TOKEN' },
      headers: { Cookie: 'a=b', 'X-Keep': '1' },
    });
    expect(output).toMatchObject({
      text: 'end',
      redirects: 1,
      url: 'https://other.example.com/next',
    });
    expect(sent[0]!.headers['authorization']).toBe('Bearer s3cr3t-value');
    expect(sent[1]!.headers).toEqual({ 'x-keep': '1' });
    const data = setUp(() => ({
      status: 307,
      headers: { location: 'https://other.example.com/' },
    }));
    await expect(
      data.call('post', { url: 'https://api.example.com/', data: 'x' }),
    ).rejects.toMatchObject({
      code: 'NET_DENIED',
    });
    expect(data.sent).toHaveLength(1);
  });

  it.each([
    'http://api.example.com/',
    'file:///etc/passwd',
    'https://user@api.example.com/',
    '//169.254.169.254@evil.example/',
  ])('refuses a redirect to %s', async (location) => {
    const { call, sent } = setUp(() => ({ status: 301, headers: { location } }));
    await expect(call('get', { url: 'https://api.example.com/' })).rejects.toMatchObject({
      code: 'NET_DENIED',
    });
    expect(sent).toHaveLength(1);
  });

  it('stops after max_redirects and returns a redirect when that is 0', async () => {
    const loop = () => ({ status: 302, headers: { location: '/again' } });
    const { call, sent } = setUp(loop);
    await expect(call('get', { url: 'https://api.example.com/' })).rejects.toMatchObject({
      code: 'PROVIDER_FAILED',
    });
    expect(sent).toHaveLength(6);
    const none = setUp(loop);
    const { output } = await none.call('get', {
      url: 'https://api.example.com/',
      max_redirects: 0,
    });
    expect(output).toMatchObject({ status: 302, headers: { location: '/again' } });
  });

  it('allows 10 requests a minute per run, over all steps and methods', async () => {
    const { call, clock } = setUp(() => ({}));
    for (let count = 0; count < 10; count += 1)
      await call(count % 2 ? 'get' : 'head', { url: 'https://a.example.com/' });
    await expect(call('get', { url: 'https://a.example.com/' })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
    clock.at = 60_001;
    await call('get', { url: 'https://a.example.com/' });
  });

  it('fails a step on 400 and more unless told otherwise', async () => {
    const { call } = setUp(() => ({ status: 404, text: 'no' }));
    await expect(call('get', { url: 'https://a.example.com/' })).rejects.toMatchObject({
      code: 'REMOTE_STATUS',
      details: { status: 404 },
    });
    const { output } = await call('get', {
      url: 'https://a.example.com/',
      raise_for_status: false,
    });
    expect(output).toMatchObject({ status: 404, ok: false, text: 'no' });
  });

  it('never lets a secret into the output, and takes only secrets made for it', async () => {
    const { call } = setUp(({ headers }) => ({ text: `echo ${headers['authorization']}` }));
    const { output } = await call('get', {
      url: 'https://a.example.com/',
      auth: { type: 'bearer', secret: 'HTTP_TOKEN' },
    });
    expect(JSON.stringify(output)).not.toContain('s3cr3t-value');
    expect(() =>
      setUp(() => ({}))
        .action('get')
        .params.parse({
          url: 'https://a.example.com/',
          auth: { type: 'bearer', secret: 'OPENAI_API_KEY' },
        }),
    ).toThrow();
  });

  it('names a binary answer by size and hash instead of passing it on unscanned', async () => {
    const { call } = setUp(() => ({ headers: { 'content-type': 'image/png' }, text: 'PNG' }));
    const { output } = await call('get', { url: 'https://a.example.com/' });
    expect(output).toMatchObject({ text: '', binary: true, bytes: 3 });
  });

  it('refuses unknown parameters and data on a get', async () => {
    const { call, action } = setUp(() => ({}));
    expect(
      action('get').params.safeParse({ url: 'https://a.example.com/', verify: false }).success,
    ).toBe(false);
    await expect(call('get', { url: 'https://a.example.com/', data: 'x' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});
