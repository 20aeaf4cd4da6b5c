/** Bounds of one run that no budget can replace; they stay on without a budget. */
export interface LoopLimits {
  /** Step starts. */
  maxSteps: number;
  /** Effects tried, retries and items counted. */
  maxEffects: number;
  /** The same call with the same arguments. */
  maxIdentical: number;
  /** Times a sequence of 2..8 calls with the same answers may repeat in a row. */
  maxCycles: number;
  wallMs: number;
}

export interface LoopState {
  startedAt: number;
  steps: number;
  effects: number;
  /** Call digest -> how often. */
  calls: Map<string, number>;
  /** Newest last; digests of call and answer. */
  recent: string[];
}

export type LoopFinding =
  | { kind: 'steps'; limit: number }
  | { kind: 'effects'; limit: number }
  | { kind: 'identical'; limit: number }
  | { kind: 'cycle'; limit: number; period: number }
  | { kind: 'wall'; limit: number };

const MAX_PERIOD = 8;

export function newLoopState(now: number): LoopState {
  return { startedAt: now, steps: 0, effects: 0, calls: new Map(), recent: [] };
}

/** Counts a step about to start. `now` is monotonic milliseconds: clock jumps change nothing. */
export function countStep(state: LoopState, limits: LoopLimits, now: number): LoopFinding | null {
  state.steps += 1;
  if (state.steps > limits.maxSteps) return { kind: 'steps', limit: limits.maxSteps };
  return wall(state, limits, now);
}

/** Counts a call about to be tried. `digest` covers agent, action and arguments. */
export function countCall(
  state: LoopState,
  digest: string,
  limits: LoopLimits,
  now: number,
): LoopFinding | null {
  state.effects += 1;
  if (state.effects > limits.maxEffects) return { kind: 'effects', limit: limits.maxEffects };
  const times = (state.calls.get(digest) ?? 0) + 1;
  state.calls.set(digest, times);
  if (times > limits.maxIdentical) return { kind: 'identical', limit: limits.maxIdentical };
  return wall(state, limits, now);
}

/**
 * Counts an answer. The same calls bringing the same answers in the same order is no progress,
 * however many different calls the circle has (up to 8).
 */
export function countAnswer(
  state: LoopState,
  digest: string,
  limits: LoopLimits,
): LoopFinding | null {
  state.recent.push(digest);
  const keep = MAX_PERIOD * (limits.maxCycles + 1);
  if (state.recent.length > keep) state.recent.splice(0, state.recent.length - keep);
  for (let period = 2; period <= MAX_PERIOD; period += 1) {
    if (repeats(state.recent, period) > limits.maxCycles) {
      return { kind: 'cycle', limit: limits.maxCycles, period };
    }
  }
  return null;
}

/** How often the last `period` entries stand at the end in a row; 1 = once. */
function repeats(list: readonly string[], period: number): number {
  let times = 1;
  for (let end = list.length - period; end >= period; end -= period) {
    for (let i = 0; i < period; i += 1) {
      if (list[end - period + i] !== list[list.length - period + i]) return times;
    }
    times += 1;
  }
  return list.length >= period ? times : 0;
}

function wall(state: LoopState, limits: LoopLimits, now: number): LoopFinding | null {
  return now - state.startedAt > limits.wallMs ? { kind: 'wall', limit: limits.wallMs } : null;
}
