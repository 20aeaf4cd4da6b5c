import { describe, expect, it } from 'vitest';
import { trialAdvice } from './advice.ts';
import { judgeSpeed } from './disk-speed.ts';
import { judgeCanaries, judgeDisk, judgeRights } from './judge.ts';
import { isRecentBwrap } from './probe.ts';
import type { TrialResult } from './trial.ts';

const GOOD: Readonly<Record<string, string>> = {
  CapEff: '0000000000000000',
  CapPrm: '0000000000000000',
  CapBnd: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
  uid_map_lines: '1',
  uid_map_length: '1',
  secret: '2',
  etc: '30',
  root: '30',
  init_memory: '13',
  loopback: '111',
  vsock: '97',
  raw: '97',
  io_uring: '38',
  unshare_signal: '31',
  descriptors: '0',
  group: '2',
  routes: '0',
  tmp_full: '28',
};

const result = (change: Readonly<Record<string, string>> = {}): TrialResult => ({
  exit: {
    end: 'exit',
    code: 0,
    signal: null,
    detail: '',
    usage: { wallMs: 1, cpuMs: null, maxRssBytes: null },
  },
  found: new Map(Object.entries({ ...GOOD, ...change })),
  stderr: '',
  ms: 1,
});

describe('the judgement of a trial', () => {
  it('passes what a sound cage shows', () => {
    expect(judgeRights(result()).ok).toBe(true);
    expect(judgeCanaries(result()).ok).toBe(true);
    expect(judgeDisk(result()).ok).toBe(true);
  });

  it.each(Object.keys(GOOD))('fails when %s is wrong or missing', (name) => {
    const judges = [judgeRights, judgeCanaries, judgeDisk];
    const found = new Map(result().found);
    found.delete(name);
    expect(judges.every((judge) => judge({ ...result(), found }).ok)).toBe(false);
    const wrong = name === 'group' || GOOD[name] !== '0' ? '0' : '7';
    const value = ['CapEff', 'CapPrm', 'CapBnd'].includes(name) ? '00000000a80425fb' : wrong;
    const verdicts = judges.map((judge) => judge(result({ [name]: value })));
    const bad = verdicts.find((v) => !v.ok);
    expect(bad?.observed).toContain(value);
  });
});

describe('advice', () => {
  const open = { apparmor: null, clone: null, most: '63000' };

  it('names the one setting that stands in the way', () => {
    const said = 'bwrap: setting up uid map: Permission denied';
    expect(trialAdvice(said, { ...open, apparmor: '1' })).toContain('bwrap-userns-restrict');
    expect(
      trialAdvice('bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted', {
        ...open,
        apparmor: '1',
      }),
    ).toContain('bwrap-userns-restrict');
    expect(trialAdvice(said, { ...open, most: '0' })).toContain('max_user_namespaces');
    expect(trialAdvice(said, { ...open, clone: '0' })).toContain('unprivileged_userns_clone');
    expect(trialAdvice('bwrap: No permissions to create new namespace', open)).toContain(
      'container',
    );
  });
});

describe('the version of bubblewrap', () => {
  it('is recent from 0.8 on', () => {
    expect(['0.8.0', '0.11.1', '1.0.0'].map(isRecentBwrap)).toEqual([true, true, true]);
    expect(['0.7.9', '0.4.0', '0'].map(isRecentBwrap)).toEqual([false, false, false]);
  });
});

describe('the speed of the disk', () => {
  it('is proved only when the limit is what slowed it', () => {
    expect(judgeSpeed(500, 20).ok).toBe(true);
    expect(judgeSpeed(90, 20).ok).toBe(false);
    // A disk this slow shows nothing about the limit.
    expect(judgeSpeed(600, 500).ok).toBeNull();
  });
});
