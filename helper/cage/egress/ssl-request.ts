/**
 * The question of a PostgreSQL client whether the server speaks TLS (protocol 3.0, SSLRequest):
 * length 8, code 80877103. It is the same for everyone, so it carries nothing out.
 */
export const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export type Preamble = 'yes' | 'no' | 'more';

/** Whether `bytes` are the question: exactly, or so far. Anything behind it makes it a `no`. */
export function isSslRequest(bytes: Buffer): Preamble {
  if (bytes.length > SSL_REQUEST.length) return 'no';
  if (!bytes.equals(SSL_REQUEST.subarray(0, bytes.length))) return 'no';
  return bytes.length === SSL_REQUEST.length ? 'yes' : 'more';
}

/**
 * Whether the server agreed: the one byte `S`. More bytes in the same breath would be read as if
 * they had come through TLS (CVE-2021-23222 and its kin), so they are a refusal.
 */
export function agreedToTls(bytes: Buffer): boolean {
  return bytes.length === 1 && bytes[0] === 0x53;
}
