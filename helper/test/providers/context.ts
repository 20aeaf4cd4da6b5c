import type { JsonObject } from '../../../shared/domain/json.ts';
import type { LlmClock } from '../../agents/llm/options.ts';
import type { ActionContext, Agent, AgentAction } from '../../agents/port.ts';
import type { Egress } from '../../cage/egress/port.ts';

export const NO_EGRESS: Egress = {
  open: () => Promise.reject(new Error('no egress in this test')),
  request: () => Promise.reject(new Error('no egress in this test')),
  fetch: () => () => Promise.reject(new Error('no egress in this test')),
  onDecision: () => () => undefined,
  dispose: () => Promise.resolve(),
};

const LIMITS = {
  wallMs: 60_000,
  memoryBytes: 256 * 1024 * 1024,
  pids: 64,
  cpus: 1,
  cpuSeconds: 60,
  openFiles: 100,
  fileBytes: 10_485_760,
  diskBytes: 104_857_600,
  diskEntries: 1000,
  diskBytesPerSecond: 104_857_600,
  outputBytes: 1_048_576,
  tmpBytes: 10_485_760,
};

/** A context without a cage; anything of it that a test did not expect to be used rejects. */
export function contextFor(
  given: Partial<ActionContext> & { secrets?: Record<string, string>; logs?: string[] },
): ActionContext {
  const { secrets = {}, logs = [], ...rest } = given;
  return {
    run: 'run-1',
    step: 'step-1',
    projectDir: '/nowhere',
    outputDir: 'data/output/run-1',
    worker: {
      call: () => Promise.reject(new Error('no worker in this test')),
      dispose: () => Promise.resolve(),
    },
    cage: {
      name: 'none',
      probe: () => Promise.reject(new Error('no cage in this test')),
      spawn: () => Promise.reject(new Error('no cage in this test')),
      dispose: () => Promise.resolve(),
    },
    limits: LIMITS,
    egress: NO_EGRESS,
    egressPolicy: { run: 'run-1', rules: [], maxConnections: 1, maxBytes: 1 },
    signal: new AbortController().signal,
    secret: (name) => secrets[name],
    log: (_stream, text) => void logs.push(text),
    ...rest,
  };
}

/** The action of an agent by name or alias. */
export function actionOf(agent: Agent, name: string): AgentAction {
  const found = agent.actions.find((a) => a.name === name || a.aliases.includes(name));
  if (!found) throw new Error(`no action ${name}`);
  return found;
}

/** Parses parameters as the engine does, then performs. */
export async function run(agent: Agent, name: string, params: JsonObject, context: ActionContext) {
  const action = actionOf(agent, name);
  return await action.perform(action.params.parse(params), context);
}

/** A clock that a test moves; sleeping moves it at once and is remembered. */
export function testClock(): LlmClock & { slept: number[]; advance(ms: number): void } {
  let ms = 1000;
  const slept: number[] = [];
  return {
    slept,
    advance: (by) => {
      ms += by;
    },
    now: () => ms,
    wall: () => Date.UTC(2026, 0, 1) + ms,
    random: () => 0.5,
    sleep: (by) => {
      slept.push(by);
      ms += by;
      return Promise.resolve();
    },
  };
}
