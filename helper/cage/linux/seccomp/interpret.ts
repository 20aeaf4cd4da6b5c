import { AND, type Instruction, JEQ, JGE, JUMP, LD_WORD, RETURN } from './assemble.ts';

/** What the kernel hands to a filter (struct seccomp_data). */
export interface SeccompData {
  nr: number;
  arch: number;
  args?: readonly bigint[];
}

function words(data: SeccompData): DataView {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, data.nr >>> 0, true);
  view.setUint32(4, data.arch >>> 0, true);
  (data.args ?? []).forEach((arg, i) => {
    view.setBigUint64(16 + 8 * i, BigInt.asUintN(64, arg), true);
  });
  return view;
}

/**
 * Runs a filter as the kernel does and gives its return word (unsigned). Throws on anything the
 * kernel's checker would refuse: an unknown instruction, a jump or an end outside the program.
 */
export function interpret(program: readonly Instruction[], data: SeccompData): number {
  const memory = words(data);
  let accumulator = 0;
  let at = 0;
  for (;;) {
    const instruction = program[at];
    if (instruction === undefined) throw new Error(`filter runs out of its program at ${at}`);
    const { code, jt, jf, k } = instruction;
    at += 1;
    if (code === LD_WORD) accumulator = memory.getUint32(k, true);
    else if (code === AND) accumulator = (accumulator & k) >>> 0;
    else if (code === JUMP) at += k;
    else if (code === JEQ) at += accumulator === k ? jt : jf;
    else if (code === JGE) at += accumulator >= k ? jt : jf;
    else if (code === RETURN) return k;
    else throw new Error(`filter holds an unknown instruction 0x${code.toString(16)}`);
  }
}
