const MAX_HELLO = 64 * 1024;
const SERVER_NAME = 0;
const ENCRYPTED_HELLO = 0xfe0d;

export type HelloCheck =
  | { state: 'more' }
  | { state: 'bad'; reason: string }
  | { state: 'hello'; serverName: string };

const bad = (reason: string): HelloCheck => ({ state: 'bad', reason });

/** Joins the handshake bytes of the TLS records in `bytes`; a hello may span several records. */
function handshakeBytes(bytes: Buffer): Buffer | 'more' | 'plain' {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== 0x16) return 'plain';
    if (at + 5 > bytes.length) break;
    if (bytes[at + 1] !== 3) return 'plain';
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_640) return 'plain';
    const end = Math.min(at + 5 + length, bytes.length);
    parts.push(bytes.subarray(at + 5, end));
    if (end < at + 5 + length) break;
    at = end;
  }
  const joined = Buffer.concat(parts);
  if (joined.length < 4) return 'more';
  if (joined[0] !== 1) return 'plain';
  const need = 4 + joined.readUIntBE(1, 3);
  if (need > MAX_HELLO) return 'plain';
  return joined.length < need ? 'more' : joined.subarray(4, need);
}

/** The one host name of a server_name extension, or null (RFC 6066, section 3). */
function serverName(body: Buffer): string | null {
  if (body.length < 5 || body.readUInt16BE(0) !== body.length - 2) return null;
  const length = body.readUInt16BE(3);
  if (body[2] !== 0 || length !== body.length - 5 || length === 0) return null;
  return body.subarray(5).toString('latin1').toLowerCase();
}

/**
 * Reads the first bytes of a tunnel. They must be a TLS ClientHello with exactly one server name
 * and without an encrypted hello: a hidden inner name would let one host stand in for another.
 */
export function checkHello(bytes: Buffer): HelloCheck {
  if (bytes.length > MAX_HELLO + 1024) return bad('the TLS greeting is too long');
  const hello = handshakeBytes(bytes);
  if (hello === 'plain') return bad('the tunnel does not begin with TLS');
  if (hello === 'more') return { state: 'more' };
  try {
    let at = 34;
    at += 1 + hello.readUInt8(at);
    at += 2 + hello.readUInt16BE(at);
    at += 1 + hello.readUInt8(at);
    if (at >= hello.length) return bad('the TLS greeting names no server');
    const end = at + 2 + hello.readUInt16BE(at);
    at += 2;
    if (end !== hello.length) return bad('the TLS greeting is malformed');
    let name: string | null = null;
    while (at < end) {
      const type = hello.readUInt16BE(at);
      const length = hello.readUInt16BE(at + 2);
      if (at + 4 + length > end) return bad('the TLS greeting is malformed');
      if (type === ENCRYPTED_HELLO) return bad('the TLS greeting hides its server name');
      if (type === SERVER_NAME) {
        if (name !== null) return bad('the TLS greeting names two servers');
        name = serverName(hello.subarray(at + 4, at + 4 + length));
        if (name === null) return bad('the TLS greeting is malformed');
      }
      at += 4 + length;
    }
    return name === null
      ? bad('the TLS greeting names no server')
      : { state: 'hello', serverName: name };
  } catch (thrown) {
    if (thrown instanceof RangeError) return bad('the TLS greeting is malformed');
    throw thrown;
  }
}
