import { expect, test } from 'vitest';
import { CAGE_STATES } from '../../../shared/domain/states.ts';
import { cageText } from './lines.ts';

test('a cage that is not up is never called down unless it is', () => {
  for (const state of CAGE_STATES) {
    const text = cageText({ state, reasons: ['Because.'] });
    expect(text.includes('is down')).toBe(state === 'down');
    expect(text.includes('Because.')).toBe(state === 'blocked' || state === 'degraded');
  }
});
