import type { ProofStep } from '../../workers/check-proof.ts';

/** Sizes of the drawing (px); a step is lower where the window is. */
export const BOX = { width: 141, height: 33, left: 10.5, right: 220.5, root: 239 } as const;
export const TALL = 62;
export const SHORT = 43;
export const WIDTH = 372;

export interface Box {
  x: number;
  y: number;
  hash: string;
  from: number;
  to: number;
  carried: boolean;
  leaf: boolean;
}

export interface DrawnStep {
  /** 1 at the leaf. */
  n: number;
  y: number;
  left: Box;
  right: Box;
  /** Line between the two operands, and the bold line that climbs to their hash. */
  join: string;
  climb: string;
}

export interface Drawing {
  height: number;
  rootY: number;
  steps: DrawnStep[];
}

const centre = (side: 'left' | 'right'): number =>
  (side === 'left' ? BOX.left : BOX.right) + BOX.width / 2;

/** Places the path: the leaf at the bottom, the root on top, operands in two columns. */
export function layout(steps: readonly ProofStep[], stepHeight: number): Drawing {
  const rootY = 4.5;
  const count = steps.length;
  const height = rootY + BOX.height + count * stepHeight + 6;
  const drawn = steps.map((step, i): DrawnStep => {
    const y = rootY + (count - i) * stepHeight;
    const next = steps[i + 1];
    const bend = y - (stepHeight > 50 ? 13.5 : 4);
    const top = y - stepHeight + BOX.height;
    const goal = next === undefined ? WIDTH / 2 : centre(next.carried);
    const start = centre(step.carried);
    const box = (side: 'left' | 'right'): Box => ({
      x: BOX[side],
      y,
      hash: step[side].hash,
      from: step[side].from,
      to: step[side].to,
      carried: step.carried === side,
      leaf: i === 0 && step.carried === side,
    });
    return {
      n: i + 1,
      y,
      left: box('left'),
      right: box('right'),
      join: `M${centre('left')} ${y}V${bend}H${centre('right')}V${y}`,
      climb: `M${start} ${y}V${bend}H${goal}V${top}`,
    };
  });
  return { height, rootY, steps: drawn };
}
