import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { expect, test } from 'vitest';
import type { Result } from '../../shared/domain/errors.ts';
import { FakeContents, fakeElectron } from '../testing/fake-electron.ts';
import { Bridge, type HelperPort } from './bridge.ts';
import { CHANNEL } from './channels.ts';
import { exposePageApi } from './page-api.ts';

const PAGE = 'akios-app://console/index.html#/';

function setUp() {
  const calls: [string, unknown][] = [];
  const listeners = new Map<string, (event: unknown) => void>();
  const stopped: string[] = [];
  const helper: HelperPort = {
    call: async (name, input) => {
      calls.push([name, input]);
      return { ok: true, value: 'answer' };
    },
    subscribe: (project, listener) => {
      listeners.set(project, listener);
      return () => stopped.push(project);
    },
  };
  const { electron, record } = fakeElectron();
  const bridge = new Bridge(electron, helper, () => undefined, {
    maxBytes: 1000,
    callsPerSecond: 20,
  });
  bridge.start();
  const page = new FakeContents(7, PAGE);
  bridge.admit(page as unknown as WebContents);
  const invoke = (contents: FakeContents, channel: string, ...args: unknown[]) =>
    invokeFrom(contents, contents.mainFrame, channel, ...args);
  const invokeFrom = (
    contents: FakeContents,
    frame: unknown,
    channel: string,
    ...args: unknown[]
  ) =>
    record.ipc.get(channel)!(
      { sender: contents, senderFrame: frame } as unknown as IpcMainInvokeEvent,
      ...args,
    ) as Promise<Result<unknown>>;
  return { bridge, page, invoke, invokeFrom, calls, listeners, stopped, record };
}

test('a good call reaches the helper with its parsed input', async () => {
  const { invoke, page, calls } = setUp();
  expect(await invoke(page, CHANNEL.call, 'cage.status', { project: '/p' })).toEqual({
    ok: true,
    value: 'answer',
  });
  expect(calls).toEqual([['cage.status', { project: '/p' }]]);
});

test.each([
  ['an unknown call', ['no.such', {}]],
  ['an inherited name', ['constructor', {}]],
  ['a number for a name', [5, {}]],
  ['an unknown field', ['cage.status', { project: '/p', x: 1 }]],
  ['a missing field', ['cage.status', {}]],
  ['a stream as a call', ['events.stream', { project: '/p' }]],
  ['an attach as a call', ['agent.run', { argv: ['sh'] }]],
  ['a message too large', ['protect.redact', { text: 'x'.repeat(2000) }]],
])('%s is refused and counted, and nothing reaches the helper', async (_name, args) => {
  const { invoke, page, calls, bridge } = setUp();
  const result = await invoke(page, CHANNEL.call, ...args);
  expect(result.ok).toBe(false);
  expect(calls).toEqual([]);
  expect(bridge.refusals).toBe(1);
});

test('a cyclic message is refused', async () => {
  const { invoke, page, calls } = setUp();
  const loop: Record<string, unknown> = { project: '/p' };
  loop['self'] = loop;
  expect((await invoke(page, CHANNEL.call, 'cage.status', loop)).ok).toBe(false);
  expect(calls).toEqual([]);
});

test('unknown senders, sub-frames, foreign and empty URLs are refused', async () => {
  const { invoke, invokeFrom, page, calls } = setUp();
  const stranger = new FakeContents(8, PAGE);
  const input = { project: '/p' };
  expect((await invoke(stranger, CHANNEL.call, 'cage.status', input)).ok).toBe(false);
  expect((await invokeFrom(page, { url: PAGE }, CHANNEL.call, 'cage.status', input)).ok).toBe(
    false,
  );
  expect((await invokeFrom(page, null, CHANNEL.call, 'cage.status', input)).ok).toBe(false);
  for (const url of [
    '',
    'about:blank',
    'https://evil.example/',
    'file:///x',
    'akios-app://evil/',
  ]) {
    page.mainFrame.url = url;
    expect((await invoke(page, CHANNEL.call, 'cage.status', input)).ok, url).toBe(false);
  }
  page.mainFrame.url = PAGE;
  page.destroy();
  expect((await invoke(page, CHANNEL.call, 'cage.status', input)).ok).toBe(false);
  expect(calls).toEqual([]);
});

test('a page that floods is refused past its rate', async () => {
  const { invoke, page, calls } = setUp();
  for (let n = 0; n < 40; n += 1) await invoke(page, CHANNEL.call, 'health', {});
  expect(calls.length).toBe(20);
});

test('streams deliver to their page and end with it', async () => {
  const { invoke, page, listeners, stopped } = setUp();
  expect((await invoke(page, CHANNEL.subscribe, 's-1', '/p')).ok).toBe(true);
  expect((await invoke(page, CHANNEL.subscribe, 's-1', '/p')).ok).toBe(false);
  expect((await invoke(page, CHANNEL.subscribe, 'BAD ID', '/p')).ok).toBe(false);
  listeners.get('/p')?.({ kind: 'heartbeat' });
  expect(page.sent).toEqual([[CHANNEL.event, 's-1', { kind: 'heartbeat' }]]);
  page.destroy();
  expect(stopped).toEqual(['/p']);
  listeners.get('/p')?.({ kind: 'heartbeat' });
  expect(page.sent).toHaveLength(1);
});

test('a page that is loaded anew may open the same stream; its old one is ended', async () => {
  const { invoke, page, listeners, stopped } = setUp();
  for (const anew of [
    () => page.emit('render-process-gone', {}, { reason: 'crashed' }),
    () => page.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false }),
  ]) {
    expect((await invoke(page, CHANNEL.subscribe, 's-1', '/p')).ok).toBe(true);
    page.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    page.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false });
    expect(stopped).toHaveLength(0);
    anew();
    expect(stopped.splice(0)).toEqual(['/p']);
  }
  expect((await invoke(page, CHANNEL.subscribe, 's-1', '/p')).ok).toBe(true);
  listeners.get('/p')?.({ kind: 'heartbeat' });
  expect(page.sent).toHaveLength(1);
});

test('a stream that is refused is told as lost, so that the page tries again', async () => {
  let api: { subscribe(project: string, listener: (event: unknown) => void): () => void } | null =
    null;
  exposePageApi(
    { exposeInMainWorld: (_key, given) => (api = given as NonNullable<typeof api>) },
    {
      invoke: async () => ({ ok: false, error: { code: 'FORBIDDEN', message: 'too many' } }),
      on: (() => undefined) as never,
    },
  );
  const seen: unknown[] = [];
  api!.subscribe('/p', (event) => seen.push(event));
  await new Promise((done) => setImmediate(done));
  expect(seen).toEqual([null]);
});

test('the page gets one frozen object of two functions and no event objects', async () => {
  const exposed: Record<string, unknown> = {};
  let push: (event: unknown, id: string, message: unknown) => void = () => undefined;
  const sent: unknown[][] = [];
  exposePageApi(
    {
      exposeInMainWorld: (key, api) => {
        exposed[key] = api;
      },
    },
    {
      invoke: async (...args: unknown[]) => {
        sent.push(args);
        return { ok: true, value: 1 };
      },
      on: ((_channel: string, handler: typeof push) => {
        push = handler;
      }) as never,
    },
  );
  expect(Object.keys(exposed)).toEqual(['akios']);
  const api = exposed['akios'] as {
    call(name: string, input: unknown): Promise<unknown>;
    subscribe(project: string, listener: (...args: unknown[]) => void): () => void;
  };
  expect(Object.isFrozen(api)).toBe(true);
  expect(Object.keys(api).sort()).toEqual(['call', 'subscribe']);
  const seen: unknown[][] = [];
  const stop = api.subscribe('/p', (...args) => seen.push(args));
  push({ sender: 'secret' }, 's-1', { kind: 'heartbeat' });
  push({}, 's-9', { kind: 'other' });
  expect(seen).toEqual([[{ kind: 'heartbeat' }]]);
  stop();
  push({}, 's-1', { kind: 'late' });
  expect(seen).toHaveLength(1);
  expect(sent.map((s) => s[0])).toEqual([CHANNEL.subscribe, CHANNEL.unsubscribe]);
});
