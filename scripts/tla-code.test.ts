import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GUARDS, step } from '../helper/core/gate/machine.ts';
import {
  ACTIONS,
  correspondenceTables,
  GUARD_NAMES,
  INVARIANT_NAMES,
  PHASES,
} from '../helper/core/gate/testing/correspondence.ts';
import {
  AFTER_RECOVERY,
  CAGE_INVARIANT,
  explore,
  INVARIANTS,
} from '../helper/core/gate/testing/invariants.ts';
import {
  BOUNDS,
  defaultCharge,
  defaultFits,
  NO_ABLATIONS,
} from '../helper/core/gate/testing/world.ts';

const folder = join(import.meta.dirname, '../docs/tla');
const specification = readFileSync(join(folder, 'AKIOSEnforcement.tla'), 'utf8');
const shipped = readFileSync(join(folder, 'AKIOSEnforcement.cfg'), 'utf8');

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();
const definition = (name: string): string =>
  new RegExp(`^${name}(?:\\(\\w+\\))? ==\\n((?:[ ].*\\n)+)`, 'm').exec(specification)?.[1] ?? '';
const called = (text: string): string[] =>
  [...text.matchAll(/\\\/ (?:\\E r \\in Runs : )?(\w+)/g)].map((m) => m[1] ?? '');

const phases = new Set<string>();
const found = explore({
  step: (state, event) => {
    const next = step(state, event);
    phases.add(state.phase).add(next.state.phase);
    return next;
  },
  fits: defaultFits,
  ablations: NO_ABLATIONS,
  charge: defaultCharge,
  closeOnRecovery: true,
  ...BOUNDS,
  // One effect a run reaches every phase and every move; machine.test.ts explores the whole.
  runs: [[2], [2]],
  limit: 3,
});

it('every phase the code reaches stands for one of the model, and each of the model is reached', () => {
  const model = /^Phases == \{([^}]+)\}/m.exec(specification)?.[1] ?? '';
  const named = [...model.matchAll(/"(\w+)"/g)].map((m) => m[1] ?? '');
  expect(sorted(phases)).toEqual(sorted(Object.keys(PHASES)));
  expect(sorted(Object.values(PHASES).map(([tla]) => tla))).toEqual(sorted(named));
});

it('every guard of one side is a guard of the other', () => {
  const off = [...specification.matchAll(/"(\w+)" \\(?:not)?in Off/g)].map((m) => m[1] ?? '');
  expect(sorted(Object.keys(GUARD_NAMES))).toEqual(
    sorted([...Object.keys(GUARDS), 'fits', 'charge', 'closeOnRecovery']),
  );
  expect(sorted(Object.values(GUARD_NAMES).flatMap(([names]) => names))).toEqual(sorted(off));
});

it('every invariant of one side is said by the other', () => {
  const listed = shipped.slice(shipped.indexOf('INVARIANTS'), shipped.indexOf('PROPERTIES'));
  const model = listed.split(/\s+/).slice(1).filter(Boolean);
  // Types are checked by the compiler; SafetyInvariant is all others together.
  const own = model.filter((name) => name !== 'TypeInvariant' && name !== 'SafetyInvariant');
  expect(sorted(Object.keys(INVARIANT_NAMES))).toEqual(sorted(own));
  expect(sorted(Object.values(INVARIANT_NAMES).flat())).toEqual(
    sorted([...Object.keys(INVARIANTS), ...Object.keys(AFTER_RECOVERY), CAGE_INVARIANT]),
  );
});

it('every action of the model has its moves, and every move its action', () => {
  const groups = new Set(['RunStep', 'Recovery']);
  const all = ['RunStep', 'Recovery', 'Next'].flatMap((name) => called(definition(name)));
  expect(all.length).toBeGreaterThan(20);
  expect(sorted(Object.keys(ACTIONS))).toEqual(sorted(all.filter((name) => !groups.has(name))));
  expect(found.broken).toBeNull();
  expect(sorted(Object.values(ACTIONS).flatMap(([moves]) => moves))).toEqual(sorted(found.seen));
});

it('the readme shows the tables as they are', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(readme).toContain(correspondenceTables());
});
