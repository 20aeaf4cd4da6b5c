import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config/config.ts';
import { checkDetection } from '../../service/projects/detectors.ts';
import { projectRedactor } from '../../service/projects/redactor.ts';
import { ALICE, makeRig } from './harness.ts';

/** A name that no pattern and no list knows; only the detector of these tests does. */
const NAME = 'Zorblax Qwim';

let dir: string;
let server: Server;
let asked: string[];

/** Speaks the form of Presidio's analyser, over code points. */
function analyser(): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { text } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { text: string };
      asked.push(text);
      const found = [...text.matchAll(new RegExp(NAME, 'g'))].map(({ index }) => {
        const start = [...text.slice(0, index)].length;
        return { start, end: start + NAME.length, entity_type: 'PERSON', score: 0.85 };
      });
      response.end(JSON.stringify(found));
    });
  });
}

const listen = (where: number | string): Promise<void> =>
  new Promise((resolve) => {
    if (typeof where === 'number') server.listen(where, '127.0.0.1', resolve);
    else server.listen(where, resolve);
  });

const configOf = (text: string) => loadConfig(text, 'config.yaml', {}).config;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-plugged-'));
  asked = [];
  server = analyser();
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true });
});

async function socketConfig(required = true): Promise<string> {
  const socket = join(dir, 'ner.sock');
  await listen(socket);
  return `pii_detectors: [{name: ner, socket: ${socket}, required: ${required}}]`;
}

describe('a detector plugged in by the settings', () => {
  test('is asked over a Unix socket for what leaves and what arrives; many fields cost one question', async () => {
    const redactor = projectRedactor(configOf(await socketConfig()));
    const texts = ['😀 dear Zorblax Qwim,', 'nothing', 'Zorblax', 'Qwim'];
    const ready = await redactor.prepare(texts);
    expect(texts.map((text) => ready.redact(text).text)).toEqual([
      '😀 dear «NAME»,',
      'nothing',
      'Zorblax',
      'Qwim',
    ]);
    expect(asked).toHaveLength(1);
    expect((await redactor.redactText(`x ${NAME}`)).text).toBe('x «NAME»');
    const part = { text: `x ${NAME}`, state: null, last: true, redact: true };
    await expect(redactor.part(part)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect((await redactor.scan(`x ${NAME}`)).spans).toMatchObject([
      { start: 2, end: 14, type: 'PERSON_NAME', source: 'ner' },
    ]);
    await redactor.dispose();
  });

  test('reads a long text in overlapping pieces', async () => {
    const redactor = projectRedactor(configOf(await socketConfig()));
    const text = `${'word '.repeat(6553)}${NAME} ${'word '.repeat(20_000)}${NAME}`;
    const ready = await redactor.prepare([text]);
    const { text: clean, counts } = ready.redact(text);
    expect([clean.includes('Zorblax'), counts['PERSON_NAME']]).toEqual([false, 2]);
    expect(asked.length).toBeGreaterThan(4);
    await redactor.dispose();
  });

  test('that is required and absent blocks; an optional one is named and passed over', async () => {
    const socket = join(dir, 'nobody.sock');
    const with_ = (required: boolean) =>
      configOf(`pii_detectors: [{name: ner, socket: ${socket}, required: ${required}}]`);
    const strict = projectRedactor(with_(true));
    await expect(strict.prepare(['x'])).rejects.toMatchObject({ code: 'REDACTION_FAILED' });
    await expect(strict.redactText('x')).rejects.toMatchObject({ code: 'REDACTION_FAILED' });
    const skipped: string[] = [];
    const lax = projectRedactor(with_(false), {
      modulesDir: dir,
      onSkipped: (name) => skipped.push(name),
    });
    expect((await lax.prepare(['a@example.org'])).redact('a@example.org').text).toBe('«EMAIL»');
    expect(skipped).toEqual(['ner']);
  });

  test('as a module runs only when nobody else could have written it', async () => {
    const modules = join(dir, 'detectors');
    mkdirSync(modules, { mode: 0o700 });
    const file = join(modules, 'own.mjs');
    writeFileSync(
      file,
      `export default { name: 'own', detect: async (text) => ({ complete: true, spans: text.includes('Zorblax')
        ? [{ start: text.indexOf('Zorblax'), end: text.indexOf('Zorblax') + 7, type: 'NAME', score: 0.9, source: 'own' }] : [] }) };`,
      { mode: 0o600 },
    );
    const ports = { modulesDir: modules, onSkipped: () => undefined };
    const config = configOf('pii_detectors: [{name: mine, module: own}]');
    const redact = async () => (await projectRedactor(config, ports).redactText('hi Zorblax')).text;
    expect(await redact()).toBe('hi «NAME»');
    chmodSync(file, 0o622);
    await expect(redact()).rejects.toMatchObject({ code: 'REDACTION_FAILED' });
    chmodSync(file, 0o600);
    chmodSync(modules, 0o777);
    await expect(redact()).rejects.toThrow('can be written by others');
    chmodSync(modules, 0o700);
    symlinkSync(file, join(modules, 'link.mjs'));
    const linked = configOf('pii_detectors: [{name: mine, module: link}]');
    await expect(projectRedactor(linked, ports).redactText('x')).rejects.toThrow('is a link');
  });

  test('guards a whole run: effect, answer, log and file', async () => {
    const rig = await makeRig({ config: await socketConfig() });
    rig.script('a', (_params, { log }) => {
      log('stdout', `first ${NAME}\nsecond\nthird ${NAME}`);
      return { output: { text: `the answer for ${NAME}` } };
    });
    const path = rig.workflow(
      `name: n\ndescription: d\nsteps:\n  - {name: a, agent: database, action: query, parameters: {text: "to ${NAME}"}}`,
    );
    const { id } = await rig.engine.start('p1', path, ALICE);
    expect(await rig.engine.wait(id)).toMatchObject({ state: 'succeeded' });
    expect(rig.calls.map(({ params }) => params)).toEqual([{ text: 'to «NAME»' }]);
    const detail = rig.engine.get(id);
    expect(detail.log.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['first «NAME»', 'second', 'third «NAME»']),
    );
    expect(JSON.stringify([detail, rig.rows()])).not.toContain('Zorblax');
    await rig.close();
  });

  test('that dies between sending and receiving withholds the answer', async () => {
    const rig = await makeRig({ config: await socketConfig() });
    rig.script('a', async (_params, { log }) => {
      log('stdout', `line ${NAME}\n`);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      return { output: { text: `the answer for ${NAME}` } };
    });
    const path = rig.workflow(
      'name: n\ndescription: d\nsteps:\n  - {name: a, agent: database, action: query, parameters: {text: hello}}',
    );
    const { id } = await rig.engine.start('p1', path, ALICE);
    expect(await rig.engine.wait(id)).toMatchObject({
      state: 'failed',
      error: { code: 'REDACTION_FAILED' },
    });
    expect(rig.calls).toHaveLength(1);
    expect(JSON.stringify([rig.engine.get(id), rig.rows()])).not.toContain('Zorblax');
    expect(rig.ledger.openIntents()).toEqual([]);
    await rig.close();
    server.listen(0);
  });
});

describe('custom patterns, allowed values and thresholds of the settings', () => {
  const CONFIG = [
    'pii_custom_patterns:',
    '  - {type: EMPLOYEE, pattern: "emp-[0-9]{5}", ignore_case: true}',
    '  - {type: CASE_NO, pattern: "[0-9]{4}/[0-9]{2}", context_keywords: [case]}',
    'pii_allow_values: [help@example.org]',
    'pii_thresholds: {PHONE: 1}',
  ].join('\n');

  test('hold on every way a text can take', async () => {
    const redactor = projectRedactor(configOf(CONFIG));
    const text = 'EMP-12345 wrote to help@example.org and x@example.org, case 2024/17; not 2024/18';
    const expected = redactor.redact(text).text;
    expect(expected).toMatch(/^«EMPLOYEE» wrote to help@example.org and «EMAIL», case «CASE_NO»;/);
    expect((await redactor.prepare([text])).redact(text).text).toBe(expected);
    expect((await redactor.redactText(text)).text).toBe(expected);
    const long = `${'plain words here. '.repeat(1000)}${text}`;
    expect((await redactor.prepare([long])).redact(long).text).toContain('«EMPLOYEE» wrote');
    expect(redactor.redact(expected).text).toBe(expected);
    await redactor.dispose();
  });

  test('each strategy keeps what it says and no more, also when it is applied again', async () => {
    const text = 'card 4111 1111 1111 1111, mail ada@example.org';
    for (const [strategy, form] of [
      ['mask', /^card «CREDIT_CARD», mail «EMAIL»$/],
      ['remove', /^card ,? ?mail ?$/],
      ['partial', /^card «CREDIT_CARD»1111, mail «EMAIL»\S{4}$/],
      ['hash', /^card «CREDIT_CARD[^»]+», mail «EMAIL[^»]+»$/],
    ] as const) {
      const redactor = projectRedactor(configOf(`redaction_strategy: ${strategy}`));
      const once = redactor.redact(text).text;
      expect(once).toMatch(form);
      expect(redactor.redact(once).text).toBe(once);
      expect((await redactor.redactText(text)).text).toBe(once);
      const long = 'plain words. '.repeat(800);
      expect((await redactor.redactText(long + text)).text).toBe(long + once);
      await redactor.dispose();
    }
  });

  test.each([
    ['pii_custom_patterns: [{type: X1, pattern: "(a+)+"}]', 'small bound'],
    ['pii_custom_patterns: [{type: X1, pattern: "["}]', 'no regular expression'],
    ['pii_thresholds: {NO_SUCH_TYPE: 0.5}', 'not a type the detector knows'],
    ['context_keywords: {NO_SUCH_TYPE: [a]}', 'not a type the detector knows'],
    ['pii_detectors: [{name: n, url: "http://example.org/analyze"}]', 'on this machine'],
    ['pii_detectors: [{name: n, url: "nonsense"}]', 'on this machine'],
  ])('are checked when they are read: %s', (text, word) => {
    expect(() => checkDetection(configOf(text), 'config.yaml')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(word),
      }),
    );
  });

  test.each([
    'pii_detectors: [{name: n}]',
    'pii_detectors: [{name: n, module: a, url: "http://127.0.0.1"}]',
    'pii_detectors: [{name: n, module: "../a"}]',
    'pii_thresholds: {PHONE: 2}',
  ])('have a form: %s', (text) => {
    expect(() => configOf(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
