import { expect, test } from 'vitest';
import type { Result } from '../../shared/domain/errors.ts';
import { type HelperHealth, type HelperState, HelperSupervisor } from './supervisor.ts';

const good: Result<HelperHealth> = { ok: true, value: { status: 'ok', build: 'b', contract: 1 } };
const gone: Result<HelperHealth> = {
  ok: false,
  error: { code: 'HELPER_UNREACHABLE', message: 'no answer' },
};

function setUp(answers: { ensure: Result<HelperHealth>[]; health?: Result<HelperHealth>[] }) {
  const timers: { run: () => void; ms: number }[] = [];
  const states: HelperState[] = [];
  const asked: string[] = [];
  const next = (list: Result<HelperHealth>[] | undefined, name: string) => {
    asked.push(name);
    return Promise.resolve(list?.shift() ?? gone);
  };
  const supervisor = new HelperSupervisor(
    { ensure: () => next(answers.ensure, 'ensure'), health: () => next(answers.health, 'health') },
    {
      setTimer: (run, ms) => {
        timers.push({ run, ms });
        return () => undefined;
      },
    },
    (state) => states.push(state),
  );
  const tick = async () => {
    timers.at(-1)?.run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { supervisor, timers, states, asked, tick };
}

test('a helper that answers is ready and is asked again', async () => {
  const { supervisor, states, tick, asked } = setUp({ ensure: [good], health: [good] });
  await supervisor.start();
  await tick();
  expect(states.map((s) => s.name)).toEqual(['ready', 'ready']);
  expect(asked).toEqual(['ensure', 'health']);
});

test('a helper that is gone is unknown at once and restarted with growing waits', async () => {
  const { supervisor, states, timers, tick, asked } = setUp({ ensure: [good], health: [gone] });
  await supervisor.start();
  for (let n = 0; n < 7; n += 1) await tick();
  expect(states.slice(1).every((s) => s.name === 'unknown')).toBe(true);
  expect(timers.slice(1).map((t) => t.ms)).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  expect(asked.slice(2).every((name) => name === 'ensure')).toBe(true);
});

test('a helper that is stopping or a control that throws is unknown, and it recovers', async () => {
  const stopping: Result<HelperHealth> = {
    ok: true,
    value: { status: 'stopping', build: 'b', contract: 1 },
  };
  const { supervisor, states, tick } = setUp({ ensure: [stopping, good] });
  await supervisor.start();
  expect(states.at(-1)).toMatchObject({ name: 'unknown', reason: 'the helper is stopping' });
  await tick();
  expect(states.at(-1)).toMatchObject({ name: 'ready' });
});

test('after stop nothing is asked or told any more', async () => {
  const { supervisor, states } = setUp({ ensure: [good] });
  const started = supervisor.start();
  supervisor.stop();
  await started;
  expect(states).toEqual([]);
});
