import type { NumberTable } from './numbers.data.ts';
import {
  type Action,
  ALLOW,
  type ArgRule,
  type ArgTest,
  answer,
  ENOSYS,
  EPERM,
  KILL,
  type Policy,
} from './policy.ts';

export interface Architecture {
  name: 'x64' | 'arm64';
  /** AUDIT_ARCH value of seccomp_data.arch. */
  audit: number;
  numbers: NumberTable;
  /** x32 calls share the architecture word of x86-64 and carry this bit in their number. */
  foreignFrom: number | null;
}

/** One classic BPF instruction, as in struct sock_filter. */
export interface Instruction {
  code: number;
  jt: number;
  jf: number;
  k: number;
}

export const LD_WORD = 0x20;
export const JUMP = 0x05;
export const JEQ = 0x15;
export const JGE = 0x35;
export const AND = 0x54;
export const RETURN = 0x06;

export const RET_ALLOW = 0x7fff0000;
export const RET_KILL_PROCESS = 0x80000000;
export const RET_ERRNO = 0x00050000;

const OFFSET_NR = 0;
const OFFSET_ARCH = 4;
const OFFSET_ARGS = 16;
const FARTHEST = 255;
/** The kernel's limit (BPF_MAXINSNS). */
const MOST = 4096;

type Verdict = Action | ArgRule;

/** Position counted from the end of the program: known before what comes in front of it is. */
type Place = number;

function returnValue(action: Action): number {
  if (action.kind === 'allow') return RET_ALLOW;
  if (action.kind === 'kill') return RET_KILL_PROCESS;
  return RET_ERRNO | (action.errno & 0xffff);
}

/** Builds a program back to front, so that every jump target is already placed. */
class Builder {
  readonly #reversed: Instruction[] = [];
  readonly #returns = new Map<number, Place>();

  emit(code: number, k: number): Place {
    this.#reversed.push({ code, jt: 0, jf: 0, k: k >>> 0 });
    return this.#reversed.length - 1;
  }

  ret(action: Action): Place {
    const value = returnValue(action);
    const known = this.#returns.get(value);
    if (known !== undefined) return known;
    const place = this.emit(RETURN, value);
    this.#returns.set(value, place);
    return place;
  }

  /** A conditional jump reaches 255 instructions: farther targets get a plain jump on the way. */
  branch(code: number, k: number, whenTrue: Place, whenFalse: Place): Place {
    const near = (target: Place, ahead: number) =>
      this.#reversed.length + ahead - target - 1 <= FARTHEST ? target : this.#jumpTo(target);
    const no = near(whenFalse, 1);
    const yes = near(whenTrue, 0);
    const here = this.#reversed.length;
    this.#reversed.push({ code, jt: here - yes - 1, jf: here - no - 1, k: k >>> 0 });
    return here;
  }

  #jumpTo(target: Place): Place {
    return this.emit(JUMP, this.#reversed.length - target - 1);
  }

  finish(): Instruction[] {
    return this.#reversed.toReversed();
  }
}

function placeTest(b: Builder, test: ArgTest, holds: Place, fails: Place): Place {
  const inside = test.op === 'in' ? holds : fails;
  let next = test.op === 'in' ? fails : holds;
  for (const value of test.values.toReversed()) next = b.branch(JEQ, value, inside, next);
  if (test.mask >>> 0 !== 0xffffffff) next = fallInto(b, next, AND, test.mask);
  return fallInto(b, next, LD_WORD, OFFSET_ARGS + 8 * test.arg);
}

/** Puts a straight instruction in front of `next`, which must be the last one placed. */
function fallInto(b: Builder, next: Place, code: number, k: number): Place {
  const place = b.emit(code, k);
  if (place !== next + 1) throw new Error('assembler: the following instruction is elsewhere');
  return place;
}

function placeRule(b: Builder, rule: ArgRule): Place {
  const refused = b.ret(rule.answer);
  let clause = b.ret(ALLOW);
  for (const tests of rule.refuseWhen.toReversed()) {
    const otherwise = clause;
    let holds = refused;
    for (const test of tests.toReversed()) holds = placeTest(b, test, holds, otherwise);
    clause = holds;
  }
  return clause;
}

interface Range {
  from: number;
  verdict: Verdict;
}

/** Verdict of every number of the table, neighbours with the same answer merged. */
function rangesOf(architecture: Architecture, policy: Policy): Range[] {
  const verdicts = new Map<number, Verdict>();
  for (const [name, number] of architecture.numbers) verdicts.set(number, verdictOf(policy, name));
  const last = Math.max(...verdicts.keys());
  const ranges: Range[] = [];
  for (let number = 0; number <= last; number += 1) {
    const verdict = verdicts.get(number) ?? answer(EPERM);
    const previous = ranges.at(-1)?.verdict;
    if (previous === undefined || !same(previous, verdict)) ranges.push({ from: number, verdict });
  }
  ranges.push({ from: last + 1, verdict: answer(ENOSYS) });
  return ranges;
}

function verdictOf(policy: Policy, name: string): Verdict {
  if (policy.enosys.includes(name)) return answer(ENOSYS);
  if (policy.kill.includes(name)) return KILL;
  if (policy.eperm.includes(name)) return answer(EPERM);
  return policy.byArgument[name] ?? ALLOW;
}

const isRule = (verdict: Verdict): verdict is ArgRule => 'refuseWhen' in verdict;

function same(a: Verdict, b: Verdict): boolean {
  if (isRule(a) || isRule(b)) return a === b;
  return returnValue(a) === returnValue(b);
}

function placeSearch(b: Builder, ranges: readonly Range[], leaf: (v: Verdict) => Place): Place {
  const [first] = ranges;
  if (first === undefined) throw new Error('assembler: no range');
  if (ranges.length === 1) return leaf(first.verdict);
  const middle = Math.ceil(ranges.length / 2);
  const right = placeSearch(b, ranges.slice(middle), leaf);
  const left = placeSearch(b, ranges.slice(0, middle), leaf);
  return b.branch(JGE, ranges[middle]?.from ?? 0, right, left);
}

/**
 * The filter of a policy on one architecture: foreign architecture or x32 number kills, a number
 * above the table answers ENOSYS, one without a name EPERM.
 */
export function assemble(architecture: Architecture, policy: Policy): Instruction[] {
  const b = new Builder();
  const kill = b.ret(KILL);
  const ranges = rangesOf(architecture, policy);
  const leaves = new Map<Verdict, Place>();
  for (const { verdict } of ranges) {
    if (!leaves.has(verdict)) {
      leaves.set(verdict, isRule(verdict) ? placeRule(b, verdict) : b.ret(verdict));
    }
  }
  const leafOf = (verdict: Verdict): Place => leaves.get(verdict) ?? b.ret(KILL);
  let start = placeSearch(b, ranges, leafOf);
  if (architecture.foreignFrom !== null) {
    start = b.branch(JGE, architecture.foreignFrom, kill, start);
  }
  start = fallInto(b, start, LD_WORD, OFFSET_NR);
  start = b.branch(JEQ, architecture.audit, start, kill);
  fallInto(b, start, LD_WORD, OFFSET_ARCH);
  const program = b.finish();
  if (program.length > MOST) throw new Error(`assembler: ${program.length} instructions`);
  return program;
}

/** struct sock_filter records: u16 code, u8 jt, u8 jf, u32 k, little-endian. */
export function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jt, jf, k }, i) => {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jt);
    view.setUint8(i * 8 + 3, jf);
    view.setUint32(i * 8 + 4, k, true);
  });
  return bytes;
}
