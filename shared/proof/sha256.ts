/**
 * SHA-256 (FIPS 180-4) in plain TypeScript, for places without a platform hash that is synchronous
 * (the console's worker). The helper and the CLI inject a faster one.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array;

const K = roundConstants();
const INITIAL = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;

/** 32-byte digest of `data`. */
export const sha256: Sha256 = (data) => makeSha256()(data);

/** A hash function with buffers of its own, made once: for a verifier's inner loop. */
export function makeSha256(): Sha256 {
  const w = new Int32Array(64);
  const state = new Int32Array(8);
  const tail = new Uint8Array(128);
  const tailView = new DataView(tail.buffer);
  return (data) => {
    state.set(INITIAL);
    const length = data.length;
    const whole = length & ~63;
    for (let at = 0; at < whole; at += 64) compress(state, w, data, at);
    const rest = length - whole;
    tail.fill(0);
    tail.set(data.subarray(whole));
    tail[rest] = 0x80;
    const end = rest < 56 ? 64 : 128;
    tailView.setUint32(end - 8, Math.floor(length / 0x20000000));
    tailView.setUint32(end - 4, (length << 3) >>> 0);
    compress(state, w, tail, 0);
    if (end === 128) compress(state, w, tail, 64);
    const out = new Uint8Array(32);
    const outView = new DataView(out.buffer);
    for (let i = 0; i < 8; i++) outView.setInt32(4 * i, state[i]!);
    return out;
  };
}

function compress(state: Int32Array, w: Int32Array, data: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const p = at + 4 * i;
    w[i] = (data[p]! << 24) | (data[p + 1]! << 16) | (data[p + 2]! << 8) | data[p + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function roundConstants(): Int32Array {
  const out = new Int32Array(64);
  for (let n = 2, found = 0; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) out[found++] = cubeRootFraction(BigInt(n));
  }
  return out;
}

/** floor(cbrt(n) * 2^32) mod 2^32, exact by integer bisection. */
function cubeRootFraction(n: bigint): number {
  const target = n << 96n;
  let low = 0n;
  let high = 1n << 36n;
  while (high - low > 1n) {
    const mid = (low + high) >> 1n;
    if (mid * mid * mid <= target) low = mid;
    else high = mid;
  }
  return Number(low & 0xffffffffn) | 0;
}
