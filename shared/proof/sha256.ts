/**
 * SHA-256 (FIPS 180-4) in plain TypeScript, for places without a platform hash that is synchronous
 * (the console's worker). The helper and the CLI inject a faster one.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array;

const K = roundConstants();

/** 32-byte digest of `data`. */
export const sha256: Sha256 = (data) => makeSha256()(data);

/** A hash function with buffers of its own, made once: for a verifier's inner loop. */
export function makeSha256(): Sha256 {
  const message = new MessageBuffer();
  return (data) => {
    message.reserve(data.length).set(data);
    return message.digest(data.length);
  };
}

/**
 * A message that is written in place and hashed where it lies: no copy is made of it, and the
 * padding goes behind it into the same buffer. Not for two messages at a time.
 */
export class MessageBuffer {
  readonly #w = new Int32Array(64);
  readonly #state = new Int32Array(8);
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);

  /** The buffer, with room for a message of `length` bytes; valid until the next call. */
  reserve(length: number): Uint8Array {
    // The mark 0x80, the 8 bytes of the length and up to 63 zeros follow the message.
    const needed = length + 72;
    if (this.#bytes.length < needed) {
      this.#bytes = new Uint8Array(2 * needed);
      this.#view = new DataView(this.#bytes.buffer);
    }
    return this.#bytes;
  }

  /** 32-byte digest of the first `length` bytes of the reserved buffer. */
  digest(length: number): Uint8Array {
    const bytes = this.reserve(length);
    const view = this.#view;
    const end = (length + 72) & ~63;
    bytes[length] = 0x80;
    bytes.fill(0, length + 1, end - 8);
    view.setUint32(end - 8, Math.floor(length / 0x20000000));
    view.setUint32(end - 4, (length << 3) >>> 0);
    const state = this.#state;
    start(state);
    for (let at = 0; at < end; at += 64) compress(state, this.#w, view, at);
    const out = new Uint8Array(32);
    for (let i = 0; i < 8; i++) {
      const word = state[i]!;
      out[4 * i] = word >>> 24;
      out[4 * i + 1] = word >>> 16;
      out[4 * i + 2] = word >>> 8;
      out[4 * i + 3] = word;
    }
    return out;
  }
}

function start(state: Int32Array): void {
  state[0] = 0x6a09e667;
  state[1] = 0xbb67ae85;
  state[2] = 0x3c6ef372;
  state[3] = 0xa54ff53a;
  state[4] = 0x510e527f;
  state[5] = 0x9b05688c;
  state[6] = 0x1f83d9ab;
  state[7] = 0x5be0cd19;
}

/** Message schedule with the round constants already added: w[i] = W_i + K_i. */
function schedule(w: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
}

const sigma1 = (e: number): number =>
  ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
const sigma0 = (a: number): number =>
  ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
const choose = (e: number, f: number, g: number): number => g ^ (e & (f ^ g));
const majority = (a: number, b: number, c: number): number => (a & b) | (c & (a | b));

/**
 * One block. Four rounds stand in a row so that the eight words change their names instead of their
 * places, which the engine would do by moves between registers.
 */
function compress(state: Int32Array, w: Int32Array, view: DataView, at: number): void {
  schedule(w, view, at);
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i += 4) {
    let t = (h + sigma1(e) + choose(e, f, g) + K[i]! + w[i]!) | 0;
    d = (d + t) | 0;
    h = (t + sigma0(a) + majority(a, b, c)) | 0;
    t = (g + sigma1(d) + choose(d, e, f) + K[i + 1]! + w[i + 1]!) | 0;
    c = (c + t) | 0;
    g = (t + sigma0(h) + majority(h, a, b)) | 0;
    t = (f + sigma1(c) + choose(c, d, e) + K[i + 2]! + w[i + 2]!) | 0;
    b = (b + t) | 0;
    f = (t + sigma0(g) + majority(g, h, a)) | 0;
    t = (e + sigma1(b) + choose(b, c, d) + K[i + 3]! + w[i + 3]!) | 0;
    a = (a + t) | 0;
    e = (t + sigma0(f) + majority(f, g, h)) | 0;
    const e4 = a;
    const f4 = b;
    const g4 = c;
    const h4 = d;
    a = e;
    b = f;
    c = g;
    d = h;
    e = e4;
    f = f4;
    g = g4;
    h = h4;
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
