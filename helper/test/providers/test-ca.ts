import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate authority for tests, made in memory: X.509 v3, ECDSA P-256 with SHA-256. */
export interface TestCa {
  certPem: string;
  /** A server certificate for these DNS names and IPv4 addresses. */
  issue(names: readonly string[]): { certPem: string; keyPem: string };
}

const OID = {
  ecPublicKeySha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  subjectKeyId: '551d0e',
};

export function createTestCa(): TestCa {
  const ca = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = distinguishedName('AKIOS test authority');
  const caExtensions = [
    extension(OID.basicConstraints, true, der(0x30, der(0x01, Buffer.from([0xff])))),
    extension(OID.keyUsage, true, der(0x03, Buffer.from([0x01, 0x06]))),
    keyIdentifier(ca.publicKey),
  ];
  return {
    certPem: certificate(name, name, ca.publicKey, ca.privateKey, caExtensions),
    issue: (names) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = names.map((host) =>
        /^\d+\.\d+\.\d+\.\d+$/.test(host)
          ? der(0x87, Buffer.from(host.split('.').map(Number)))
          : der(0x82, Buffer.from(host, 'ascii')),
      );
      const extensions = [
        extension(OID.basicConstraints, true, der(0x30)),
        extension(OID.keyUsage, true, der(0x03, Buffer.from([0x07, 0x80]))),
        extension(OID.subjectAltName, false, der(0x30, ...alternatives)),
        keyIdentifier(own.publicKey),
      ];
      const subject = distinguishedName(names[0] ?? 'test');
      return {
        certPem: certificate(subject, name, own.publicKey, ca.privateKey, extensions),
        keyPem: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
  };
}

function certificate(
  subject: Buffer,
  issuer: Buffer,
  publicKey: KeyObject,
  signer: KeyObject,
  extensions: Buffer[],
): string {
  const algorithm = der(0x30, der(0x06, Buffer.from(OID.ecPublicKeySha256, 'hex')));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    issuer,
    der(0x30, utcTime(-86_400_000), utcTime(7 * 86_400_000)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }) as Buffer,
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = sign('sha256', body, { key: signer, dsaEncoding: 'der' });
  const whole = der(0x30, body, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function distinguishedName(commonName: string): Buffer {
  const attribute = der(
    0x30,
    der(0x06, Buffer.from(OID.commonName, 'hex')),
    der(0x0c, Buffer.from(commonName, 'utf8')),
  );
  return der(0x30, der(0x31, attribute));
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return der(0x30, der(0x06, Buffer.from(oid, 'hex')), ...flag, der(0x04, value));
}

function keyIdentifier(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' }) as Buffer;
  const digest = createHash('sha1').update(spki.subarray(-65)).digest();
  return extension(OID.subjectKeyId, false, der(0x04, digest));
}

function utcTime(offsetMs: number): Buffer {
  const text = new Date(Date.now() + offsetMs).toISOString();
  return der(0x17, Buffer.from(`${text.replace(/[-:T]/g, '').slice(2, 14)}Z`, 'ascii'));
}
