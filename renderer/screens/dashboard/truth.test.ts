import { createIntl } from 'react-intl';
import { expect, test } from 'vitest';
import type { CageStatus, Protection } from '../../../shared/contract/cage.ts';
import { CAGE_STATES } from '../../../shared/domain/states.ts';
import { en } from '../../app/i18n/en.ts';
import type { Translate } from '../../app/i18n/use-t.ts';
import { CAGE_LOOK } from '../../app/shell/cage-look.ts';
import { proofLook } from './proof-look.ts';
import { truth } from './truth.ts';

const intl = createIntl({ locale: 'en', messages: en });
const t = ((id, values) => intl.formatMessage({ id }, values)) as Translate;
const protection = (proof: Protection['proof'], wantedOn = true) =>
  ({ proof, wantedOn }) as Protection;
const cage = (change: Partial<CageStatus>): CageStatus =>
  ({
    state: 'up',
    reasons: [],
    probes: [],
    level: 'full',
    protections: [protection('proved'), protection('failed'), protection('off', false)],
    ...change,
  }) as CageStatus;

test('only what is wanted counts, and only what is proved counts as proved', () => {
  expect(truth(t, 'up', cage({}), 0)).toContain('1 of 2 wanted protections');
});

test('a silent helper is quoted, not believed', () => {
  const text = truth(t, 'unknown', cage({}), 7_000);
  expect(text).toContain('7.0 s');
  expect(text).toContain('not known');
  expect(truth(t, 'unknown', null, null)).toContain('nothing is claimed');
});

test('reasons become sentences', () => {
  const text = truth(t, 'blocked', cage({ reasons: ['P4 failed', 'No ledger.'] }), 0);
  expect(text).toBe('All effects are refused. P4 failed. No ledger.');
});

test('every state has its own shape', () => {
  expect(new Set(CAGE_STATES.map((s) => CAGE_LOOK[s].glyph)).size).toBe(CAGE_STATES.length);
});

test('wanted and not proved is never drawn green, and off is never a tick', () => {
  for (const proof of ['failed', 'off', 'unknown'] as const) {
    for (const state of CAGE_STATES)
      expect(proofLook({ proof, wantedOn: true }, state).tone).not.toBe('ok');
  }
  expect(proofLook({ proof: 'failed', wantedOn: true }, 'blocked').tone).toBe('danger');
});

test('when the helper is silent nothing is drawn as proved', () => {
  for (const proof of ['proved', 'failed', 'off', 'unknown'] as const) {
    expect(proofLook({ proof, wantedOn: true }, 'unknown').glyph).toBe('unknown');
  }
});
