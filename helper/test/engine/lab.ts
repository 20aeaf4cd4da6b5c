import { afterEach, expect } from 'vitest';
import type { Engine } from '../../engine/port.ts';
import { ALICE, makeRig, type Rig, type RigOptions } from './harness.ts';

export const head = 'name: t\ndescription: d\n';

/** The YAML line of one step that asks the database. */
export const query = (name: string, more = ''): string =>
  `  - {name: ${name}, agent: database, action: query${more}}\n`;

/** An agent that only ends when it is told to. */
export const forever = (_: unknown, context: { signal: AbortSignal }): Promise<never> =>
  new Promise<never>((_resolve, reject) => {
    context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true });
  });

type Started = Awaited<ReturnType<Engine['start']>>;
type Ended = Awaited<ReturnType<Engine['wait']>>;

export interface Lab {
  /** The rig of this test; made by any of the calls below. */
  readonly rig: Rig;
  make(options?: RigOptions): Promise<Rig>;
  /** Starts a workflow given as YAML in a new rig. */
  start(text: string, options?: RigOptions, prepare?: (rig: Rig) => void): Promise<Started>;
  /** `start`, then waits for the end and sees that no part of the engine reported a bug. */
  run(
    text: string,
    options?: RigOptions,
    prepare?: (rig: Rig) => void,
  ): Promise<{ ended: Ended; detail: ReturnType<Engine['get']> }>;
}

/** One rig for each test of a file, closed after it. */
export function openLab(): Lab {
  let rig: Rig | null = null;
  afterEach(async () => {
    await rig?.close();
    rig = null;
  });
  const make: Lab['make'] = async (options = {}) => {
    rig = await makeRig(options);
    return rig;
  };
  const start: Lab['start'] = async (text, options = {}, prepare) => {
    const made = await make(options);
    prepare?.(made);
    return await made.engine.start('p1', made.workflow(text), ALICE);
  };
  return {
    get rig() {
      if (rig === null) throw new Error('This test has no rig yet.');
      return rig;
    },
    make,
    start,
    run: async (text, options, prepare) => {
      const { id } = await start(text, options, prepare);
      const { engine, bugs } = rig!;
      const ended = await engine.wait(id);
      expect(bugs).toEqual([]);
      return { ended, detail: engine.get(id) };
    },
  };
}
