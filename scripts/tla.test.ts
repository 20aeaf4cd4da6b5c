import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKS, configFor } from './tla.ts';

const folder = join(import.meta.dirname, '../docs/tla');
const specification = readFileSync(join(folder, 'AKIOSEnforcement.tla'), 'utf8');
const shipped = readFileSync(join(folder, 'AKIOSEnforcement.cfg'), 'utf8');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');

describe('formal specification', () => {
  it('has a mutation for every guard, and the table of the readme names it', () => {
    const guards = new Set(
      [...specification.matchAll(/"(\w+)" \\(?:not)?in Off/g)].map((m) => m[1]),
    );
    const tested = new Set(CHECKS.flatMap((c) => /"(\w+)"/.exec(c.off)?.[1] ?? []));
    expect([...guards].toSorted()).toEqual([...tested].toSorted());
    for (const guard of guards) expect(readme).toContain(`{"${guard}"}`);
  });

  it('checks every invariant of the configuration, each with a mutation of its own', () => {
    const listed = shipped.slice(shipped.indexOf('INVARIANTS'), shipped.indexOf('PROPERTIES'));
    const invariants = listed.split(/\s+/).slice(1).filter(Boolean);
    const mutated = new Set(CHECKS.filter((c) => c.off !== '{}').map((c) => c.invariant));
    for (const name of invariants) {
      expect(specification).toContain(`\n${name} ==`);
      if (name !== 'SafetyInvariant') expect(mutated).toContain(name);
    }
  });

  it('makes a configuration with one guard removed and one invariant', () => {
    const made = configFor(shipped, { off: '{"cage"}', invariant: 'SandboxRequired' });
    expect(made).toContain('Off = {"cage"}');
    expect(made).toMatch(/INVARIANTS\s+SandboxRequired\s*$/);
    expect(configFor(shipped, { off: '{}', invariant: null })).toBe(shipped);
  });
});
