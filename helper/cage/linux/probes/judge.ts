import type { TrialResult } from './trial.ts';

export interface Judgement {
  ok: boolean;
  observed: string;
}

type Expectation = readonly [name: string, holds: (value: string) => boolean, wanted: string];

const is =
  (wanted: string) =>
  (value: string): boolean =>
    value === wanted;
const zero = (value: string): boolean => /^0+$/.test(value);
const failed = (value: string): boolean => /^[1-9]\d*$/.test(value);

/** P3: what the kernel says about the process itself. */
const RIGHTS: readonly Expectation[] = [
  ['CapEff', zero, 'no rights'],
  ['CapPrm', zero, 'no rights'],
  ['CapBnd', zero, 'no rights to gain'],
  ['NoNewPrivs', is('1'), 'no new privileges'],
  ['Seccomp', is('2'), 'a filter'],
  ['uid_map_lines', is('1'), 'one line of ids'],
  ['uid_map_length', is('1'), 'one id'],
];

const EAFNOSUPPORT = '97';
const ENOSYS = '38';
const SIGSYS = '31';

/** P4: what a hostile program tries first. */
const CANARIES: readonly Expectation[] = [
  ['secret', failed, 'the secret file stays closed'],
  ['etc', failed, '/etc is read-only'],
  ['root', failed, '/ is read-only'],
  ['init_memory', failed, 'the memory of process 1 stays closed'],
  ['loopback', failed, "the host's loopback is not there"],
  ['vsock', is(EAFNOSUPPORT), 'no vsock'],
  ['raw', is(EAFNOSUPPORT), 'no raw sockets'],
  ['io_uring', is(ENOSYS), 'no io_uring'],
  ['unshare_signal', is(SIGSYS), 'unshare is killed'],
  ['descriptors', is('0'), 'no inherited descriptor'],
  ['group', failed, 'a process group of its own'],
  ['routes', is('0'), 'no route'],
];

function judge(result: TrialResult, expectations: readonly Expectation[]): Judgement {
  const wrong = expectations.filter(([name, holds]) => !holds(result.found.get(name) ?? 'missing'));
  if (wrong.length === 0) {
    return { ok: true, observed: expectations.map(([, , wanted]) => wanted).join('; ') };
  }
  const seen = wrong.map(
    ([name, , wanted]) =>
      `not proved: ${wanted} (${name} = ${result.found.get(name) ?? 'missing'})`,
  );
  return { ok: false, observed: seen.join('; ') };
}

export const judgeRights = (result: TrialResult): Judgement => judge(result, RIGHTS);
export const judgeCanaries = (result: TrialResult): Judgement => judge(result, CANARIES);

const ENOSPC = '28';

/** P8: scratch space ends where it should. */
export function judgeDisk(result: TrialResult): Judgement {
  const ok = result.found.get('tmp_full') === ENOSPC;
  return {
    ok,
    observed: ok
      ? '/tmp and /dev/shm end at their size; the work folder is polled'
      : `writing past the size of /tmp gave ${result.found.get('tmp_full') ?? 'no answer'}`,
  };
}
