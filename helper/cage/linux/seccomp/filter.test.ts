import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Architecture,
  assemble,
  encode,
  RET_ALLOW,
  RET_ERRNO,
  RET_KILL_PROCESS,
} from './assemble.ts';
import { ARM64, filterBytes, filterDigest, syscallName, X64 } from './filter.ts';
import { GOLDEN_FILTERS } from './golden.data.ts';
import { interpret } from './interpret.ts';
import { type PolicyVariant, policyFor } from './policy.ts';

const KILL: PolicyVariant = { quiet: false, withoutSysv: false };
const architectures = [X64, ARM64];
const EPERM = RET_ERRNO | 1;
const ENOSYS = RET_ERRNO | 38;
const EOPNOTSUPP = RET_ERRNO | 95;
const EAFNOSUPPORT = RET_ERRNO | 97;
const LAST = 469;

const number = (a: Architecture, name: string): number => {
  const found = a.numbers.find(([n]) => n === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found[1];
};

/** A second, plain reading of the policy: what the filter must answer with all arguments zero. */
function expected(a: Architecture, nr: number, variant: PolicyVariant): number {
  const policy = policyFor(variant);
  const name = syscallName(a, nr);
  if (nr > LAST) return ENOSYS;
  if (name === null) return EPERM;
  if (policy.enosys.includes(name)) return ENOSYS;
  if (policy.kill.includes(name)) return RET_KILL_PROCESS;
  if (policy.eperm.includes(name)) return EPERM;
  if (name === 'fallocate') return EOPNOTSUPP;
  if (name === 'socket' || name === 'socketpair') return EAFNOSUPPORT;
  return RET_ALLOW;
}

function call(a: Architecture, name: string, ...args: (number | bigint)[]): number {
  return interpret(assemble(a, policyFor(KILL)), {
    nr: number(a, name),
    arch: a.audit,
    args: args.map(BigInt),
  });
}

describe.each(architectures)('filter on $name', (a) => {
  it.each([
    KILL,
    { quiet: true, withoutSysv: false },
    { quiet: false, withoutSysv: true },
  ])('answers every number as the policy says ($quiet, $withoutSysv)', (variant) => {
    const program = assemble(a, policyFor(variant));
    for (let nr = 0; nr <= 1024; nr += 1) {
      expect([nr, interpret(program, { nr, arch: a.audit })]).toEqual([
        nr,
        expected(a, nr, variant),
      ]);
    }
  });

  it('has the reviewed bytes', () => {
    const digest = (variant: PolicyVariant) => filterDigest(filterBytes(a, variant));
    expect(GOLDEN_FILTERS).toMatchObject({
      [`${a.name}:kill`]: digest(KILL),
      [`${a.name}:quiet`]: digest({ quiet: true, withoutSysv: false }),
      [`${a.name}:kill-nosysv`]: digest({ quiet: false, withoutSysv: true }),
      [`${a.name}:quiet-nosysv`]: digest({ quiet: true, withoutSysv: true }),
    });
  });

  it('kills every foreign architecture, whatever the number', () => {
    const program = assemble(a, policyFor(KILL));
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), (nr, arch) => {
        fc.pre(arch !== a.audit);
        expect(interpret(program, { nr, arch })).toBe(RET_KILL_PROCESS);
      }),
    );
  });

  it('never reads outside its program or gives an unknown answer', () => {
    const program = assemble(a, policyFor(KILL));
    const errors = [EPERM, ENOSYS, EOPNOTSUPP, EAFNOSUPPORT];
    const answers = new Set([RET_ALLOW, RET_KILL_PROCESS, RET_ERRNO, ...errors]);
    const args = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(600), args, (nr, values) => {
        expect(answers.has(interpret(program, { nr, arch: a.audit, args: values }))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps sockets to Unix, TCP and UDP', () => {
    for (const family of [1, 2, 10]) expect(call(a, 'socket', family, 1, 0)).toBe(RET_ALLOW);
    expect(call(a, 'socket', 2, 0o2000001, 6)).toBe(RET_ALLOW);
    expect(call(a, 'socket', 2, 2, 17)).toBe(RET_ALLOW);
    for (const family of [0, 3, 15, 16, 17, 29, 38, 40, 44]) {
      expect(call(a, 'socket', family, 1, 0)).toBe(EAFNOSUPPORT);
    }
    expect(call(a, 'socket', 2, 3, 1)).toBe(EAFNOSUPPORT);
    expect(call(a, 'socket', 2, 0o2000003, 255)).toBe(EAFNOSUPPORT);
    expect(call(a, 'socket', 2, 10, 0)).toBe(EAFNOSUPPORT);
    expect(call(a, 'socket', 2, 2, 1)).toBe(EAFNOSUPPORT);
    expect(call(a, 'socket', 2, 1, 262)).toBe(EAFNOSUPPORT);
    // The kernel looks at 32 bits: a high word changes nothing.
    expect(call(a, 'socket', (1n << 32n) | 1n, 1, 0)).toBe(RET_ALLOW);
    expect(call(a, 'socket', (1n << 32n) | 40n, 1, 0)).toBe(EAFNOSUPPORT);
    expect(call(a, 'socketpair', 1, 1, 0)).toBe(RET_ALLOW);
    expect(call(a, 'socketpair', 2, 1, 0)).toBe(EAFNOSUPPORT);
  });

  it('makes processes but no namespaces', () => {
    expect(call(a, 'clone', 0x01200011)).toBe(RET_ALLOW);
    for (const bit of [17, 25, 26, 27, 28, 29, 30]) {
      expect(call(a, 'clone', 0x11 | (1 << bit))).toBe(EPERM);
    }
    expect(call(a, 'clone3', 0)).toBe(ENOSYS);
    expect(call(a, 'unshare', 0)).toBe(RET_KILL_PROCESS);
  });

  it('stuffs no terminal', () => {
    expect(call(a, 'ioctl', 0, 0x5401)).toBe(RET_ALLOW);
    expect(call(a, 'ioctl', 0, 0x5412)).toBe(EPERM);
    expect(call(a, 'ioctl', 0, (1n << 32n) | 0x5412n)).toBe(EPERM);
    expect(call(a, 'ioctl', 0, 0x541c)).toBe(EPERM);
    expect(call(a, 'ioctl', 0, 0x5423)).toBe(EPERM);
  });

  it('lets no program raise what its sockets hold, and fails none that asks', () => {
    for (const name of [7, 8]) expect(call(a, 'setsockopt', 3, 1, name)).toBe(RET_ERRNO);
    for (const name of [2, 9, 15, 20, 21]) {
      expect(call(a, 'setsockopt', 3, 1, name)).toBe(RET_ALLOW);
    }
    expect(call(a, 'setsockopt', 3, 6, 7)).toBe(RET_ALLOW);
  });

  it('reserves no space, by none of its names', () => {
    for (const request of [0x40305828, 0x4030582a, 0x40305839]) {
      expect(call(a, 'ioctl', 0, request)).toBe(EPERM);
    }
    expect(call(a, 'fallocate', 0, 0, 0, 4096)).toBe(EOPNOTSUPP);
  });

  it('makes no device node and no set-id file, however it is asked', () => {
    expect(call(a, 'mknodat', 0, 0, 0o100644)).toBe(RET_ALLOW);
    expect(call(a, 'mknodat', 0, 0, 0o010644)).toBe(RET_ALLOW);
    for (const mode of [0o020644, 0o060644, 0o104755, 0o102755]) {
      expect(call(a, 'mknodat', 0, 0, mode)).toBe(EPERM);
    }
    expect(call(a, 'fchmod', 0, 0o755)).toBe(RET_ALLOW);
    for (const name of ['fchmodat', 'fchmodat2']) {
      expect(call(a, name, 0, 0, 0o1777)).toBe(RET_ALLOW);
      expect(call(a, name, 0, 0, 0o4755)).toBe(EPERM);
    }
    expect(call(a, 'fchmod', 0, 0o2755)).toBe(EPERM);
    // O_CREAT and O_TMPFILE read the mode; without them it is left over from another call.
    expect(call(a, 'openat', 0, 0, 0o101, 0o4755)).toBe(EPERM);
    expect(call(a, 'openat', 0, 0, 0o20200001, 0o4755)).toBe(EPERM);
    expect(call(a, 'openat', 0, 0, 0o101, 0o755)).toBe(RET_ALLOW);
    expect(call(a, 'openat', 0, 0, 0o1, 0o4755)).toBe(RET_ALLOW);
    expect(call(a, 'openat2', 0, 0, 0, 0)).toBe(ENOSYS);
  });

  it('changes no personality that weakens memory', () => {
    expect(call(a, 'personality', 0xffffffff)).toBe(RET_ALLOW);
    expect(call(a, 'personality', 0)).toBe(RET_ALLOW);
    expect(call(a, 'personality', 0x0040000)).toBe(EPERM);
    expect(call(a, 'personality', 0x0400000)).toBe(EPERM);
  });

  it('encodes 8-byte records that read back the same', () => {
    const program = assemble(a, policyFor(KILL));
    const bytes = encode(program);
    const view = new DataView(bytes.buffer);
    const back = program.map((_, i) => ({
      code: view.getUint16(i * 8, true),
      jt: view.getUint8(i * 8 + 2),
      jf: view.getUint8(i * 8 + 3),
      k: view.getUint32(i * 8 + 4, true),
    }));
    expect(back).toEqual(program);
    expect(program.length).toBeLessThanOrEqual(4096);
  });

  it('spans far jumps', () => {
    const wide = {
      ...a,
      numbers: Array.from({ length: 700 }, (_, i) => [`call_${i}`, i * 2] as const),
    };
    const program = assemble(wide, policyFor(KILL));
    for (let nr = 0; nr < 1400; nr += 1) {
      const answer = nr > 1398 ? ENOSYS : nr % 2 === 0 ? RET_ALLOW : EPERM;
      expect(interpret(program, { nr, arch: a.audit })).toBe(answer);
    }
  });
});

describe('x86-64', () => {
  it('kills x32 numbers', () => {
    const program = assemble(X64, policyFor(KILL));
    for (const nr of [0x40000000, 0x40000001, 0x40000208, 0xffffffff]) {
      expect(interpret(program, { nr, arch: X64.audit })).toBe(RET_KILL_PROCESS);
    }
  });

  it('judges the older forms of open, chmod and mknod as well', () => {
    expect(call(X64, 'open', 0, 0o101, 0o4755)).toBe(EPERM);
    expect(call(X64, 'open', 0, 0o0, 0o4755)).toBe(RET_ALLOW);
    expect(call(X64, 'creat', 0, 0o4755)).toBe(EPERM);
    expect(call(X64, 'creat', 0, 0o644)).toBe(RET_ALLOW);
    expect(call(X64, 'chmod', 0, 0o2755)).toBe(EPERM);
    expect(call(X64, 'mknod', 0, 0o060600)).toBe(EPERM);
  });
});

describe('policy', () => {
  it('names only calls that exist, and each once', () => {
    const known = new Set([...X64.numbers, ...ARM64.numbers].map(([name]) => name));
    // Kept by name for tables of other kernels; these two have none of them.
    const elsewhere = ['clock_settime64'];
    const { kill, enosys, eperm, byArgument } = policyFor(KILL);
    const named = [...kill, ...enosys, ...eperm, ...Object.keys(byArgument)];
    expect(named.filter((name) => !known.has(name))).toEqual(elsewhere);
    expect(new Set(named).size).toBe(named.length);
  });
});
