import fc from 'fast-check';
import { expect, it } from 'vitest';
import { agreedToTls, isSslRequest, SSL_REQUEST } from './ssl-request.ts';

it('is eight fixed bytes, and so far as they came', () => {
  expect(SSL_REQUEST.toString('hex')).toBe('0000000804d2162f');
  for (let n = 0; n < 8; n += 1) expect(isSslRequest(SSL_REQUEST.subarray(0, n))).toBe('more');
  expect(isSslRequest(SSL_REQUEST)).toBe('yes');
  // Anything behind it could be a password or a query in the clear.
  expect(isSslRequest(Buffer.concat([SSL_REQUEST, Buffer.from('x')]))).toBe('no');
  // A request to cancel or for GSSAPI, a start-up in the clear, and TLS itself.
  for (const other of ['0000001004d2162e', '0000000804d21630', '0000002c00030000', '16030100']) {
    expect(isSslRequest(Buffer.from(other, 'hex'))).toBe('no');
  }
});

it('is nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
      const given = Buffer.from(bytes);
      const expected = given.equals(SSL_REQUEST)
        ? 'yes'
        : SSL_REQUEST.subarray(0, given.length).equals(given)
          ? 'more'
          : 'no';
      expect(isSslRequest(given)).toBe(expected);
    }),
  );
});

it('is agreed to by one byte alone', () => {
  expect(agreedToTls(Buffer.from('S'))).toBe(true);
  for (const other of ['', 'N', 'E', 's', 'SS', 'S\x16', 'SELECT']) {
    expect(agreedToTls(Buffer.from(other))).toBe(false);
  }
});
