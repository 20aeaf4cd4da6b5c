/** Accounts, addresses of machines, and devices. Secrets have a scanner of their own. */
import { isImei } from '../check/other.ts';
import type { TypeSpec } from '../model.ts';
import { checked } from './common.ts';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';

/** Loopback, unspecified, broadcast, netmasks and documentation of networks are no hosts. */
function isHost(value: string): boolean | string {
  const o = value.split('.').map(Number) as [number, number, number, number];
  if (o[0] === 0 || o[0] === 127 || value === '255.255.255.255') return false;
  return !(o[0] === 255 && [0, 128, 192, 224, 240, 248, 252, 254, 255].includes(o[3]));
}

function isSmall(value: string): boolean {
  return value.split('.').every((octet) => Number(octet) < 22);
}

export const DIGITAL: readonly TypeSpec[] = [
  {
    type: 'IPV4',
    rules: [
      {
        id: 'ipv4',
        re: new RegExp(
          `${OCTET}(?:\\.${OCTET}){3}(?![\\d]|\\.\\d|[A-Za-z_]|-\\d|/[0-24-9]|/3[^2]|/3$)`,
          'y',
        ),
        digits: 4,
        start: /^d[123]$/,
        follow: '.',
        base: 0.74,
        near: 0.8,
        check: (v) => isHost(v) !== false && !isSmall(v),
      },
      {
        id: 'ipv4-labelled',
        re: new RegExp(`${OCTET}(?:\\.${OCTET}){3}(?![\\d]|\\.\\d|[A-Za-z_]|-\\d)`, 'y'),
        digits: 4,
        start: /^d[123]$/,
        follow: '.',
        base: 0.47,
        near: 0.8,
        check: isHost,
      },
    ],
  },
  {
    type: 'IMEI',
    rules: [
      checked(
        'imei',
        '\\d{15}|\\d{2}[- ]?\\d{6}[- ]?\\d{6}[- ]?\\d|\\d{8}[- ]\\d{6}[- ]\\d|\\d{6}[- ]\\d{2}[- ]\\d{6}[- ]\\d',
        isImei,
        { near: 0.85 },
      ),
    ],
  },
  {
    type: 'MAC',
    rules: [
      {
        id: 'mac-hyphen',
        re: /[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}(?![A-Za-z0-9]|-[0-9A-Fa-f]{2})/y,
        start: /^(?:d2|d1a1|a1d1|a2)$/,
        follow: '-',
        base: 0.86,
        check: isMac,
      },
      {
        id: 'mac-dotted',
        re: /[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![A-Za-z0-9]|\.[0-9A-Fa-f])/y,
        start: /^(?:d[1-4]|a[1-4])(?:.*)$/,
        run: [4, 4],
        follow: '.',
        base: 0.74,
        check: (v) => isMac(v) && /[a-f]/i.test(v) && /\d/.test(v),
      },
      {
        id: 'mac-colon',
        re: /(?<![0-9A-Fa-f]{2}[:-])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![A-Za-z0-9:])/y,
        start: /^(?:d2|d1a1|a1d1|a2)$/,
        follow: ':',
        base: 0.9,
        check: isMac,
      },
      { id: 'mac-bare', re: /[0-9A-Fa-f]{12}(?![A-Za-z0-9])/y, near: 0, check: isMac },
      {
        id: 'mac-dotted-any',
        re: /[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![A-Za-z0-9])/y,
        check: isMac,
      },
    ],
  },
];

function isMac(value: string): boolean {
  const v = value.replace(/[^0-9A-Fa-f]/g, '').toLowerCase();
  return v !== '000000000000' && v !== 'ffffffffffff';
}
