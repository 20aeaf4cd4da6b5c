/** Made-up states of a cage. Never in the bundle. */
import type { CageStatus } from '../../shared/contract/cage.ts';

export const minutesAgo = (m: number): string => new Date(Date.now() - m * 60_000).toISOString();

const BWRAP = {
  id: 'bwrap',
  title: 'bubblewrap',
  ok: true,
  needed: 'full',
  observed: 'bubblewrap 0.8.0',
};

/** id, title, wanted, what the self-test saw */
const PROTECTIONS = [
  [
    'sandbox',
    'Sandbox',
    'seccomp, 7 namespaces, cgroup v2',
    'ptrace, mount, keyctl refused; 512 MB limit kills',
  ],
  [
    'network',
    'Network',
    'no route, 0 listed hosts',
    'connect() to 203.0.113.9:443 refused inside the cage',
  ],
  [
    'files',
    'File system',
    'write to data/output and scratch only',
    'write through a symlink to ../ refused',
  ],
  [
    'pii',
    'PII redaction',
    'inputs and outputs, 93 types',
    '93 of 93 canaries redacted, none in the egress bytes',
  ],
  [
    'audit',
    'Audit ledger',
    'row on disk before the effect',
    'intent durable in 2.9 ms; probe effect came after it',
  ],
  ['anchor', 'Outside anchor', 'at most 60 min old', 'size 17,902 anchored; now 2 h 14 min old'],
  [
    'budget',
    'Budget stop',
    '$1.00 a run, $25.00 a day',
    'reservation above the cap refused before the call',
  ],
] as const;

export function cage(state: CageStatus['state']): CageStatus {
  const at = minutesAgo(0.2);
  const on = state === 'up' || state === 'degraded';
  return {
    project: 'claims-intake',
    state,
    posture: on ? 'ACTIVE' : 'DOWN',
    level: on ? 'full' : 'unknown',
    levelLabel: on ? 'Full (kernel-hard)' : 'Unknown',
    soft: [],
    reasons:
      state === 'degraded'
        ? ['The outside anchor of the ledger is 2 h 14 min old; the settings want at most 60 min']
        : [],
    ablations: [],
    production: false,
    backend: 'bubblewrap 0.8.0',
    policyDigest: '28961205b74fcfa1a3d0c4e88d1f6a2b9c7e5d4f3a2b1c0d9e8f7a6b5c4d3e2f',
    upSince: on ? minutesAgo(450) : null,
    testedAt: on ? at : null,
    heartbeatAt: new Date().toISOString(),
    probes: on ? [{ ...BWRAP, at }] : [],
    protections: PROTECTIONS.map(([id, title, wanted, detail]) => ({
      id,
      title,
      wanted,
      wantedOn: true,
      proof: !on ? 'unknown' : id === 'anchor' && state === 'degraded' ? 'failed' : 'proved',
      detail: on ? detail : 'not tested while the cage is down',
      at: on ? at : null,
      recordSeq: on ? 6 : null,
    })),
  };
}
