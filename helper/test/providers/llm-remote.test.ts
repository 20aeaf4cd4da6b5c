import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { createLlmAgent } from '../../agents/llm/agent.ts';
import type { LlmAgentOptions } from '../../agents/llm/options.ts';
import { createPriceBook } from '../../core/prices/prices.ts';
import { actionOf, contextFor, run, testClock } from './context.ts';
import {
  answer,
  eventsFor,
  KEY_NAMES,
  PROVIDER_HOSTS,
  type ProviderServer,
  REMOTE_NAMES,
  startProviderServer,
  status,
} from './provider-server.ts';

const KEY = 'sk-test-0123456789abcdef';

// A server of its own for each test: a late request of one must not be counted in the next.
let server: ProviderServer;
beforeEach(async () => {
  server = await startProviderServer();
});
afterEach(() => server.close());

function agent(options: Partial<LlmAgentOptions> = {}) {
  const clock = testClock();
  return { clock, agent: createLlmAgent({ prices: createPriceBook(), clock, ...options }) };
}
function context(logs: string[] = []) {
  const secrets = Object.fromEntries(Object.values(KEY_NAMES).map((name) => [name, KEY]));
  return contextFor({ egress: server.egress, secrets, logs });
}
async function failure(promise: Promise<unknown>): Promise<AkiosError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AkiosError);
  return error as AkiosError;
}

/** What a provider may say it has used, and whether that is a claim beyond the bounds of the call. */
const HOSTILE_USAGE: [string, unknown, boolean][] = [
  ['nothing at all', { input: 0, output: 0 }, false],
  ['less than the text must have cost', { input: 1, output: 1 }, false],
  ['less than nothing', { input: -5, output: -5 }, false],
  ['no number', { input: Number.NaN, output: Number.NaN }, false],
  ['text', { input: '30', output: '9' }, false],
  ['fractions', { input: 1.5, output: 2.5 }, false],
  ['more cached than asked', { input: 30, output: 300, cached: 5_000 }, false],
  ['more than could be', { input: 900_000_000, output: 900_000_000 }, true],
  ['an answer longer than allowed', { input: 30, output: 1_001 }, true],
  ['1e308', { input: 1e308, output: 1e308 }, true],
];

describe.each(REMOTE_NAMES)('%s over HTTPS', (provider) => {
  const params = { provider, prompt: 'Say hello to the ward.' };

  it('streams an answer, sends the key to its own host only and settles the reported usage', async () => {
    const { agent: llm } = agent();
    const described = actionOf(llm, 'complete').describe(params);
    server.behave(answer({ pieces: ['Hel', 'lo.'], usage: { input: 30, output: 9 } }));
    const result = await run(llm, 'complete', params, context());
    expect(result.output).toMatchObject({
      text: 'Hello.',
      provider,
      finish: 'stop',
      truncated: false,
    });
    expect(result).toMatchObject({ tokensIn: 30, tokensOut: 9 });
    expect(result.costMicros).toBeGreaterThan(0);
    expect(result.costMicros).toBeLessThanOrEqual(described.cost?.high ?? 0);
    expect(described.target.startsWith(`${provider}/`)).toBe(true);
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.host).toBe(PROVIDER_HOSTS[provider]);
    expect(request?.body).toContain('Say hello to the ward.');
    expect(JSON.stringify(request?.headers)).toContain(KEY);
    expect(request?.url).not.toContain(KEY);
    expect(server.policies[0]?.rules).toEqual([{ host: PROVIDER_HOSTS[provider], ports: [443] }]);
    expect(JSON.stringify(result)).not.toContain(KEY);
  });

  it('marks an answer that was cut at the token limit', async () => {
    server.behave(answer({ finish: 'length' }));
    const result = await run(agent().agent, 'complete', params, context());
    expect(result.output).toMatchObject({ truncated: true, finish: 'length' });
  });

  it('refuses an answer the provider filtered', async () => {
    server.behave(answer({ pieces: ['no'], finish: 'filter' }));
    const error = await failure(run(agent().agent, 'complete', params, context()));
    expect(error.code).toBe('PROVIDER_FAILED');
  });

  it('refuses an answer that stops in the middle, and charges the worst case', async () => {
    server.behave((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const events = eventsFor(request.host, ['Half an ans', 'wer'], null, null);
      // Cut only when all of it has left: a cut before would be another failure.
      response.write(events.join(''), () => response.destroy());
    });
    const { agent: llm } = agent();
    const high = actionOf(llm, 'complete').describe(params).cost?.high;
    const error = await failure(run(llm, 'complete', params, context()));
    expect(error.code).toBe('PROVIDER_FAILED');
    expect(error.details?.['costMicros']).toBe(high);
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a stream that ends cleanly without saying how', async () => {
    server.behave(answer({ pieces: ['Half an answer'], finish: null, usage: null }));
    const error = await failure(run(agent().agent, 'complete', params, context()));
    expect(error.code).toBe('PROVIDER_FAILED');
    expect(server.requests).toHaveLength(1);
  });

  it('tries again after 429 and 503, obeying Retry-After', async () => {
    server.behave(status(429, { 'retry-after': '7' }), status(503), answer());
    const { agent: llm, clock } = agent();
    const result = await run(llm, 'complete', params, context());
    expect(result.output['text']).toBe('Hello world.');
    expect(clock.slept).toEqual([7000, 2000]);
  });

  it.each([
    400, 401, 403, 404, 422,
  ])('does not try again after %d and tells nothing the server wrote', async (code) => {
    server.behave(status(code, {}, `{"error":{"message":"Incorrect key ${KEY} for prompt X"}}`));
    const error = await failure(run(agent().agent, 'complete', params, context()));
    expect(server.requests).toHaveLength(1);
    expect(error.code).toBe('PROVIDER_FAILED');
    expect(error.details?.['costMicros']).toBe(0);
    const told = `${JSON.stringify(error.toValue())}${String(error.stack)}${String(error.cause)}`;
    expect(told).not.toContain(KEY);
    expect(told).not.toContain('Incorrect key');
  });

  it('never follows a redirect: the key stays with the provider', async () => {
    server.behave(status(302, { location: 'https://evil.example/' }));
    const error = await failure(run(agent().agent, 'complete', params, context()));
    expect(error.message).toContain('redirect');
    expect(server.requests).toHaveLength(1);
  });

  it('charges the worst case when the usage is missing', async () => {
    server.behave(answer({ usage: null }));
    const { agent: llm } = agent();
    const described = actionOf(llm, 'complete').describe(params);
    const result = await run(llm, 'complete', params, context());
    // Protocols with counts in the first event report zero instead of nothing.
    const floor = provider === 'anthropic' ? 1 : described.cost?.high;
    expect(result.costMicros).toBeGreaterThanOrEqual(floor ?? Number.NaN);
    expect(result.output['usage_source']).not.toBe('provider');
  });

  it.each(
    HOSTILE_USAGE,
  )('settles a usage of %s within what was reserved', async (_name, usage, beyond) => {
    server.behave(answer({ pieces: ['word '.repeat(200)], usage: usage as never }));
    const { agent: llm } = agent();
    const high = actionOf(llm, 'complete').describe(params).cost?.high ?? 0;
    const result = await run(llm, 'complete', params, context()).catch((thrown: unknown) => {
      // A protocol whose reader refuses the field: no answer, and the worst case is charged.
      expect(thrown).toMatchObject({ code: 'PROVIDER_FAILED', details: { costMicros: high } });
      return null;
    });
    if (result === null) return;
    expect(result.costMicros).toBeGreaterThan(0);
    expect(result.costMicros).toBeLessThanOrEqual(high);
    expect(result.tokensOut).toBeGreaterThan(100);
    expect([_name, (result.overrunMicros ?? 0) > 0]).toEqual([_name, beyond]);
  });

  it('stops reading an answer that ignores the bound it was given', async () => {
    let sent = 0;
    server.behave(async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const [first] = eventsFor(request.host, ['blah '.repeat(200)], null, null).slice(-1);
      for (; sent < 5_000 && !response.destroyed; sent += 1) {
        response.write(first);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    const { agent: llm } = agent();
    const bounded = { ...params, max_tokens: 50 };
    const described = actionOf(llm, 'complete').describe(bounded);
    const result = await run(llm, 'complete', bounded, context());
    expect(result.output).toMatchObject({ truncated: true, usage_source: 'worst-case' });
    expect(String(result.output['text']).length).toBeLessThanOrEqual(51 * 8);
    expect(result.costMicros).toBe(described.cost?.high);
    expect(sent).toBeLessThan(5_000);
  });

  it('takes control characters out of an answer and keeps the key out of it', async () => {
    const hostile = `a\u001b[2J\u0000b\u009bc\u0007 ${KEY} «EMAIL» \ud800`;
    server.behave(answer({ pieces: [hostile] }));
    const result = await run(agent().agent, 'complete', params, context());
    const text = String(result.output['text']);
    expect(text.startsWith('a[2Jbc ')).toBe(true);
    expect(text).not.toContain(KEY);
    expect(text.isWellFormed()).toBe(true);
  });

  it('stops reading at the size cap', async () => {
    server.behave(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const first = `: ${'x'.repeat(65_536)}\n\n`;
      for (let sent = 0; sent < 1600 && !response.destroyed; sent += 1) {
        if (response.write(first)) continue;
        await new Promise<void>((resolve) => {
          const go = () => {
            response.off('drain', go).off('close', go);
            resolve();
          };
          response.on('drain', go).on('close', go);
        });
      }
      response.end();
    });
    const error = await failure(run(agent().agent, 'complete', params, context()));
    expect(error.code).toBe('ANSWER_TOO_LARGE');
    expect(error.details?.['costMicros']).toBeGreaterThan(0);
  });

  it('gives up on a server that never answers', async () => {
    server.behave(() => undefined);
    const error = await failure(
      run(agent().agent, 'complete', { ...params, timeout: 1 }, context()),
    );
    expect(error.code).toBe('TIMEOUT');
    expect(error.details?.['costMicros']).toBeGreaterThan(0);
  });

  it('gives up on a server that never ends its answer', async () => {
    server.behave((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const events = eventsFor(request.host, ['drip '], null, null);
      for (const event of events) response.write(event);
      const timer = setInterval(() => response.write(events.at(-1)), 50);
      response.on('close', () => clearInterval(timer));
    });
    const error = await failure(
      run(agent().agent, 'complete', { ...params, timeout: 1 }, context()),
    );
    expect(error.code).toBe('TIMEOUT');
  });

  it('refuses what is not an answer', async () => {
    server.behave((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>captive portal</html>');
    });
    const error = await failure(run(agent().agent, 'complete', params, context()));
    expect(error.code).toBe('PROVIDER_FAILED');
    expect(error.message).not.toContain('portal');
  });

  it('stops at once when the run is cancelled', async () => {
    const stop = new AbortController();
    server.behave(() => stop.abort());
    const error = await failure(
      run(agent().agent, 'complete', params, { ...context(), signal: stop.signal }),
    );
    expect(error.code).toBe('CANCELLED');
    expect(error.details?.['costMicros']).toBeGreaterThan(0);
  });
});

describe('keys and limits', () => {
  it('asks for a key and sends nothing without one', async () => {
    const error = await failure(
      run(
        agent().agent,
        'complete',
        { provider: 'openai', prompt: 'x' },
        contextFor({ egress: server.egress }),
      ),
    );
    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    expect(server.requests).toHaveLength(0);
  });

  it('gives a provider no secret but its own', async () => {
    const secrets = { AWS_SECRET_ACCESS_KEY: KEY, OPENAI_API_KEY: KEY };
    const params = { provider: 'openai', api_key: '${AWS_SECRET_ACCESS_KEY}', prompt: 'x' };
    const error = await failure(
      run(agent().agent, 'complete', params, contextFor({ egress: server.egress, secrets })),
    );
    expect(error.code).toBe('DENIED');
    expect(server.requests).toHaveLength(0);
  });

  it('refuses a key written in the workflow', () => {
    const action = actionOf(agent().agent, 'complete');
    expect(action.params.safeParse({ prompt: 'x', api_key: KEY }).success).toBe(false);
    expect(action.params.safeParse({ prompt: 'x', api_key: '${OPENAI_API_KEY}' }).success).toBe(
      true,
    );
  });

  it('counts prompt and answer together against the limit per call', () => {
    const action = actionOf(agent().agent, 'complete');
    const described = action.describe({ provider: 'openai', prompt: 'word '.repeat(300) });
    expect((described.tokens?.input ?? 0) + (described.tokens?.maxOutput ?? 0)).toBeLessThanOrEqual(
      1000,
    );
    expect(() => action.describe({ provider: 'openai', prompt: 'word '.repeat(3000) })).toThrow(
      expect.objectContaining({ code: 'BUDGET_EXCEEDED' }),
    );
  });

  it('opens the breaker after failures in a row and lets one trial through later', async () => {
    server.behave(status(500));
    const { agent: llm, clock } = agent({
      breaker: { failures: 2, openMs: 10_000 },
      retry: { tries: 1, backoffMs: 1, maxBackoffMs: 1 },
    });
    const call = () => run(llm, 'complete', { provider: 'openai', prompt: 'x' }, context());
    await failure(call());
    await failure(call());
    expect((await failure(call())).code).toBe('PROVIDER_UNAVAILABLE');
    expect(server.requests).toHaveLength(2);
    const other = await failure(
      run(llm, 'complete', { provider: 'mistral', prompt: 'x' }, context()),
    );
    expect(other.code).toBe('PROVIDER_FAILED');
    clock.advance(10_001);
    await failure(call());
    expect((await failure(call())).code).toBe('PROVIDER_UNAVAILABLE');
    clock.advance(10_001);
    server.behave(answer());
    await call();
    await call();
  });

  it('refuses a server whose certificate nobody it trusts has signed, and charges nothing', async () => {
    const params = { provider: 'openai', prompt: 'x' };
    const error = await failure(
      run(agent().agent, 'complete', params, { ...context(), egress: server.untrusting }),
    );
    expect(error.code).toBe('PROVIDER_FAILED');
    expect(String(error.details?.['network'])).toMatch(/CERT|VERIFY/);
    expect(error.details?.['costMicros']).toBe(0);
    expect(server.requests).toHaveLength(0);
  });

  it('local_only, allowed_providers and allowed_models deny before anything is sent', () => {
    const ask = { provider: 'openai', model: 'gpt-4o', prompt: 'x' };
    const denied = expect.objectContaining({ code: 'DENIED' });
    expect(() => actionOf(agent({ localOnly: true }).agent, 'complete').describe(ask)).toThrow(
      denied,
    );
    expect(() =>
      actionOf(agent({ allowedProviders: ['mistral'] }).agent, 'complete').describe(ask),
    ).toThrow(denied);
    expect(() =>
      actionOf(agent({ allowedModels: ['gpt-4o-mini'] }).agent, 'complete').describe(ask),
    ).toThrow(denied);
  });

  it('refuses a model without a price', () => {
    expect(() =>
      actionOf(agent().agent, 'complete').describe({
        provider: 'openai',
        model: 'gpt-99',
        prompt: 'x',
      }),
    ).toThrow(expect.objectContaining({ code: 'PRICE_UNKNOWN' }));
  });
});

describe('JSON answers', () => {
  const schema = {
    type: 'object',
    properties: { severity: { type: 'string', enum: ['low', 'high'] }, days: { type: 'integer' } },
    required: ['severity', 'days'],
    additionalProperties: false,
  };
  const params = { provider: 'openai', prompt: 'Rate it.', schema };

  it('gives the parsed value next to the text', async () => {
    server.behave(answer({ pieces: ['{"severity":"low",', '"days":3}'] }));
    const result = await run(agent().agent, 'complete', params, context());
    expect(result.output['json']).toEqual({ severity: 'low', days: 3 });
    expect(server.requests[0]?.body).toContain('"enum":["low","high"]');
  });

  it.each([
    ['{"severity":"medium","days":3}', 'stop'],
    ['{"severity":"low"}', 'stop'],
    ['not json', 'stop'],
    ['{"severity":"low","days":3}', 'length'],
  ] as const)('refuses %s (%s) and still charges', async (text, finish) => {
    server.behave(answer({ pieces: [text], finish }));
    const error = await failure(run(agent().agent, 'complete', params, context()));
    expect(error.code).toBe('PROVIDER_FAILED');
    expect(error.details?.['costMicros']).toBeGreaterThan(0);
  });
});
