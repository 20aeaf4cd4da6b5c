import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEgress } from '../../cage/egress/egress.ts';
import type { Egress } from '../../cage/egress/port.ts';
import { createLinuxCage } from '../../cage/linux/backend.ts';
import type { ProxyTrial } from '../../cage/linux/probes/proxy-trial.ts';
import type { CageBackend } from '../../cage/port.ts';
import { openProxyTrial } from '../../service/cage/proxy-probe.ts';

let root: string;
let egress: Egress;
let change: (trial: ProxyTrial) => ProxyTrial;
let cage: CageBackend;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-p6-'));
  egress = createEgress({ socketDir: root });
  cage = createLinuxCage({
    stateDir: root,
    openProxyTrial: async () => change(await openProxyTrial(egress)),
  });
});
afterAll(async () => {
  await cage.dispose();
  await egress.dispose();
  rmSync(root, { recursive: true, force: true });
});

async function p6(wanted: (trial: ProxyTrial) => ProxyTrial) {
  change = wanted;
  const { probes, level } = await cage.probe();
  const { ok, observed } = probes.find((probe) => probe.id === 'P6') ?? { ok: null, observed: '' };
  return { ok, observed, level };
}

describe('P6 through the real egress, from inside the trial cage', () => {
  it('proves that a listed host passes and that everything else is refused', async () => {
    const { ok, observed, level } = await p6((trial) => trial);
    expect(observed).toBe(
      'a listed host gets 200, and its server answered, 127.0.0.1 403, an unlisted name 403, a sub-domain of a listed one 403, an unlisted port 403, a listed name with a private address 403',
    );
    expect(ok).toBe(true);
    expect(level).not.toBe('refuse');
    // Each probing has quotas of its own.
    for (let i = 0; i < 3; i += 1) expect((await p6((trial) => trial)).ok).toBe(true);
  });

  it('refuses the cage when a listed host does not pass', async () => {
    const { ok, observed, level } = await p6((trial) => {
      const [listed, ...others] = trial.questions;
      const greeting = Buffer.from(listed?.greeting ?? '');
      greeting[greeting.length - 1] = (greeting.at(-1) ?? 0) ^ 1;
      return {
        ...trial,
        questions: [{ about: 'x', authority: listed?.authority ?? '', greeting }, ...others],
      };
    });
    expect([ok, level]).toEqual([false, 'refuse']);
    expect(observed).not.toContain('its server answered');
  });

  it('refuses the cage when the way out does not answer', async () => {
    const { ok, level } = await p6((trial) => {
      void trial.close();
      return { ...trial, close: async () => undefined };
    });
    expect([ok, level]).toEqual([false, 'refuse']);
  });

  it('refuses the cage when something unlisted passes', async () => {
    const open = createEgress({ socketDir: root });
    const everything: Egress = {
      ...open,
      open: (policy, options) =>
        open.open(
          {
            ...policy,
            rules: policy.rules.map((rule) => ({ ...rule, allowPrivate: true })),
          },
          options,
        ),
      onDecision: (listener) => open.onDecision(listener),
    };
    const trial = await openProxyTrial(everything);
    const { ok, observed } = await p6(() => trial);
    expect(ok).toBe(false);
    expect(observed).toContain('a listed name with a private address 200');
    await open.dispose();
  });
});
