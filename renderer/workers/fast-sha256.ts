/**
 * SHA-256 (FIPS 180-4) for the verifier's inner loop: the state lives in locals and the buffers are
 * made once, which is several times faster than the plain one of shared/proof. A test holds the two
 * equal; the tree code above them is the same.
 */
export function makeSha256(): (data: Uint8Array) => Uint8Array {
  const K = roundConstants();
  const w = new Int32Array(64);
  const state = new Int32Array(8);
  const tail = new Uint8Array(128);
  const tailView = new DataView(tail.buffer);
  return (data) => {
    state.set(INITIAL);
    const length = data.length;
    const whole = length & ~63;
    for (let at = 0; at < whole; at += 64) block(K, w, state, data, at);
    const rest = length - whole;
    tail.fill(0);
    tail.set(data.subarray(whole));
    tail[rest] = 0x80;
    const end = rest < 56 ? 64 : 128;
    tailView.setUint32(end - 8, Math.floor(length / 0x20000000));
    tailView.setUint32(end - 4, (length << 3) >>> 0);
    block(K, w, state, tail, 0);
    if (end === 128) block(K, w, state, tail, 64);
    const out = new Uint8Array(32);
    for (let i = 0; i < 8; i++) {
      const v = state[i]!;
      out[4 * i] = v >>> 24;
      out[4 * i + 1] = v >>> 16;
      out[4 * i + 2] = v >>> 8;
      out[4 * i + 3] = v;
    }
    return out;
  };
}

const INITIAL = Int32Array.of(
  ...[
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ],
);

function block(
  K: Int32Array,
  w: Int32Array,
  state: Int32Array,
  data: Uint8Array,
  at: number,
): void {
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
    if (prime) {
      const root = Math.cbrt(n);
      out[found] = Math.floor((root - Math.floor(root)) * 0x1_0000_0000) | 0;
      found += 1;
    }
  }
  return out;
}

/** Whether lower-case hex text spells exactly these bytes. */
export function isHexOf(text: string, bytes: Uint8Array): boolean {
  if (text.length !== bytes.length * 2) return false;
  for (let i = 0; i < bytes.length; i++) {
    const b = bytes[i]!;
    if (text.charCodeAt(2 * i) !== digit(b >> 4) || text.charCodeAt(2 * i + 1) !== digit(b & 15)) {
      return false;
    }
  }
  return true;
}

const digit = (n: number): number => (n < 10 ? 48 + n : 87 + n);
