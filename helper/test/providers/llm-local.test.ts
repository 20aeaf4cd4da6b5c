import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLlmAgent } from '../../agents/llm/agent.ts';
import { extractSummary } from '../../agents/llm/extractive.ts';
import { loopbackUrl } from '../../agents/llm/providers.ts';
import { createEgress } from '../../cage/egress/egress.ts';
import type { EgressDecision } from '../../cage/egress/port.ts';
import { createPriceBook } from '../../core/prices/prices.ts';
import { estimateTokens } from '../../core/prices/tokens.ts';
import { actionOf, contextFor, run } from './context.ts';
import { eventsFor } from './provider-server.ts';

const prices = createPriceBook();

describe('local model servers', () => {
  let server: Server;
  let url = '';
  const seen: { url: string; authorization: string | undefined }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of eventsFor(
        'local',
        ['From this ', 'machine.'],
        { input: 9, output: 3 },
        'stop',
      ))
        response.write(event);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are called in local_only mode, without a key and without cost', async () => {
    const decisions: EgressDecision[] = [];
    const egress = createEgress();
    egress.onDecision((decision) => decisions.push(decision));
    const llm = createLlmAgent({ prices, localOnly: true, localUrls: { ollama: url } });
    const secrets = { OPENAI_API_KEY: 'sk-never-sent-0123456789' };
    const context = contextFor({ secrets, egress });
    const params = { provider: 'ollama', model: 'llama3.2', prompt: 'Hello' };
    expect(actionOf(llm, 'complete').describe(params)).toMatchObject({
      target: 'ollama/llama3.2',
      cost: { high: 0 },
    });
    const result = await run(llm, 'complete', params, context);
    expect(result.output['text']).toBe('From this machine.');
    expect(result.costMicros).toBe(0);
    expect(seen[0]).toEqual({ url: '/v1/chat/completions', authorization: undefined });
    const port = Number(new URL(url).port);
    expect(decisions.at(-1)).toMatchObject({ allowed: true, host: '127.0.0.1', port });
    await egress.dispose();
  });

  it.each([
    'http://10.0.0.5:11434',
    'http://example.com',
    'https://api.openai.com',
    '0.0.0.0:11434',
    'http://127.0.0.1@evil.example',
    'http://user:p@127.0.0.1',
    'ftp://127.0.0.1',
    'http://127.0.0.1.evil.example',
    'http://[::2]',
    'nonsense://',
  ])('may not be %s', (address) => {
    expect(() => loopbackUrl(address, 'ollama')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('take a thousand calls of one run, fifty at a time', async () => {
    const egress = createEgress();
    const llm = createLlmAgent({ prices, localUrls: { ollama: url } });
    const context = contextFor({ egress });
    const before = seen.length;
    let left = 1000;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        const result = await run(llm, 'complete', { provider: 'ollama', prompt: 'Hello' }, context);
        expect(result.output['text']).toBe('From this machine.');
      }
    };
    await Promise.all(Array.from({ length: 50 }, worker));
    expect(seen.length - before).toBe(1000);
    await egress.dispose();
  }, 60_000);

  it('may be named by the step, on this machine only', async () => {
    const egress = createEgress();
    const llm = createLlmAgent({ prices });
    const params = { provider: 'local', base_url: url, prompt: 'Hello', top_p: 0.5, stop: ['END'] };
    const result = await run(llm, 'complete', params, contextFor({ egress }));
    expect(result.output).toMatchObject({ text: 'From this machine.', provider: 'local' });
    await egress.dispose();
    const describeAt = (provider: string, base_url: string) => () =>
      actionOf(llm, 'complete').describe({ provider, base_url, prompt: 'x' });
    expect(describeAt('local', 'http://10.1.2.3')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(describeAt('openai', url)).toThrow(expect.objectContaining({ code: 'DENIED' }));
  });

  it.each([
    ['localhost:11434', 'http://127.0.0.1:11434/v1'],
    ['http://[::1]:8080/api/', 'http://[::1]:8080/api'],
    ['https://127.0.0.2', 'https://127.0.0.2/v1'],
  ])('%s is read as %s', (given, expected) => {
    expect(loopbackUrl(given, 'ollama')).toBe(expected);
  });
});

describe('the built-in extractive provider', () => {
  const letter = `Summarise this letter:
Dear Dr. Meyer, the patient was admitted on Monday with chest pain. The chest pain started after
heavy exercise. Blood tests showed a raised troponin level. The patient was treated with aspirin.
The treatment with aspirin reduced the chest pain. A follow-up of the patient is planned in two weeks.
The canteen serves fish on Fridays. «NAME» will be called about the treatment.`;

  it('needs no key, no network and no money, and is named as what it is', async () => {
    const llm = createLlmAgent({ prices });
    const action = actionOf(llm, 'complete');
    const params = { prompt: letter, max_tokens: 120 };
    expect(action.describe(params)).toMatchObject({
      target: 'builtin/extractive',
      reversibility: 'full',
      cost: { low: 0, likely: 0, high: 0 },
    });
    const result = await run(llm, 'complete', params, contextFor({}));
    expect(result.output).toMatchObject({ provider: 'builtin', model: 'extractive' });
    expect(result.output['method']).toContain('extractive');
    expect(result.costMicros).toBe(0);
    const text = String(result.output['text']);
    expect(text).toContain('chest pain');
    expect(text).not.toContain('Summarise');
    expect(text).not.toContain('canteen');
    expect(await run(llm, 'complete', params, contextFor({}))).toEqual(result);
  });

  it('gives whole sentences of a wrapped e-mail, not its lines or its head', () => {
    const mail = readFileSync(
      join(import.meta.dirname, '../../../assets/sample/data/input/email-thread.txt'),
      'utf8',
    );
    const { text } = extractSummary(`Summarise this file:\n${mail}`, 300);
    expect(text.split('\n').length).toBeGreaterThanOrEqual(3);
    for (const line of text.split('\n')) {
      expect(line).toMatch(/[.!?]$/);
      expect(line).not.toMatch(/^(From|To|Cc|Date|Sent):/);
    }
  });

  it('keeps the rows of a table apart', () => {
    const rows = Array.from(
      { length: 9 },
      (_, i) => `2026-11-0${i},Card payment,Market ${i},-${i}.50,EUR`,
    );
    const { text } = extractSummary(rows.join('\n'), 300);
    for (const line of text.split('\n')) expect(rows).toContain(line);
  });

  it('answers for every provider when builtinOnly is set, and says so', async () => {
    const llm = createLlmAgent({ prices, builtinOnly: true });
    const result = await run(
      llm,
      'complete',
      { provider: 'openai', prompt: letter },
      contextFor({}),
    );
    expect(result.output['provider']).toBe('builtin');
  });

  it('takes chat messages, refuses JSON', async () => {
    const llm = createLlmAgent({ prices });
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: letter },
    ];
    const result = await run(llm, 'generate', { messages }, contextFor({}));
    expect(String(result.output['text'])).not.toContain('brief');
    await expect(
      run(llm, 'complete', { prompt: letter, format: 'json' }, contextFor({})),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('only ever says what the text says, within its bound', () => {
    const sentence = fc
      .array(
        fc.constantFrom(
          'claim',
          'patient',
          'paid',
          'Bank',
          '«EMAIL»',
          'Dr.',
          '42',
          'the',
          'Überweisung',
          '.',
          '!',
        ),
        { maxLength: 14 },
      )
      .map((w) => w.join(' '));
    fc.assert(
      fc.property(
        fc.array(sentence, { maxLength: 30 }).map((s) => s.join('. \n')),
        fc.integer({ min: 1, max: 80 }),
        (text, bound) => {
          const extract = extractSummary(text, bound);
          expect(estimateTokens(extract.text)).toBeLessThanOrEqual(bound);
          const flat = text.replace(/\s+/g, ' ');
          for (const line of extract.text.split('\n'))
            expect(flat).toContain(line.replace(/\s+/g, ' '));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['dots', '.'.repeat(300_000)],
    ['spaces', `${' '.repeat(300_000)}x:`],
    ['dots and spaces', '. '.repeat(150_000)],
    ['abbreviations', 'Dr. Dr. '.repeat(40_000)],
    ['one word', 'a'.repeat(300_000)],
    ['20,000 lines', 'A short line of four words\n'.repeat(20_000)],
    ['colons', ':\n'.repeat(150_000)],
  ])('ends on hostile text: %s', (_name, text) => {
    expect(extractSummary(text, 200).text.length).toBeLessThan(5000);
  });
});
