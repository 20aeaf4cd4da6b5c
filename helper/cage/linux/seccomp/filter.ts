import { createHash } from 'node:crypto';
import { type Architecture, assemble, encode } from './assemble.ts';
import { ARM64_NUMBERS, X64_NUMBERS } from './numbers.data.ts';
import { type PolicyVariant, policyFor } from './policy.ts';

export const X64: Architecture = {
  name: 'x64',
  audit: 0xc000003e,
  numbers: X64_NUMBERS,
  foreignFrom: 0x40000000,
};

export const ARM64: Architecture = {
  name: 'arm64',
  audit: 0xc00000b7,
  numbers: ARM64_NUMBERS,
  foreignFrom: null,
};

/** The architecture of this process, or null where there is no reviewed number table. */
export function architectureOf(arch: string = process.arch): Architecture | null {
  if (arch === 'x64') return X64;
  if (arch === 'arm64') return ARM64;
  return null;
}

/** Bytes for `bwrap --add-seccomp-fd`. */
export function filterBytes(architecture: Architecture, variant: PolicyVariant): Uint8Array {
  return encode(assemble(architecture, policyFor(variant)));
}

export function filterDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Name of a call number, for reports of what a killed program asked for. */
export function syscallName(architecture: Architecture, number: number): string | null {
  return architecture.numbers.find(([, n]) => n === number)?.[0] ?? null;
}
