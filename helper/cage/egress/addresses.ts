import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Private, local, documentation and translated ranges: refused unless a rule opts in. */
const PRIVATE_V4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
];
const PRIVATE_V6 = [
  '::1/128',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
];
/** Refused always: "this host", multicast, reserved, and where clouds keep machine credentials. */
const NEVER_V4 = [
  '0.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
  '169.254.169.254/32',
  '169.254.169.253/32',
  '169.254.170.2/32',
  '169.254.170.23/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
];
const NEVER_V6 = [
  '::/128',
  'ff00::/8',
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
  '::ffff:0:0/96',
];

function blockList(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [base, bits] = range.split('/');
    list.addSubnet(base!, Number(bits), family);
  }
  return list;
}

export type AddressClass = 'public' | 'private' | 'never';

/** The addresses this machine itself answers on, so that no public one leads back to it. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map((entry) => entry.address.split('%')[0]!),
  );
}

/**
 * Classifies addresses. One list per family: in a mixed list a rule for the mapped range
 * `::ffff:0:0/96` makes every IPv4 address match.
 */
export function addressClassifier(
  own: () => readonly string[] = ownAddresses,
): (address: string) => AddressClass {
  const never4 = blockList(NEVER_V4, 'ipv4');
  const never6 = blockList(NEVER_V6, 'ipv6');
  const private4 = blockList(PRIVATE_V4, 'ipv4');
  const private6 = blockList(PRIVATE_V6, 'ipv6');
  return (address) => {
    const version = isIP(address);
    // Not an address, or one with a zone: nothing a public service would answer with.
    if (version === 0 || address.includes('%')) return 'never';
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if ((version === 4 ? never4 : never6).check(address, family)) return 'never';
    if ((version === 4 ? private4 : private6).check(address, family)) return 'private';
    const mine = new BlockList();
    for (const entry of own()) {
      const entryVersion = isIP(entry);
      if (entryVersion === version) mine.addAddress(entry, family);
    }
    return mine.check(address, family) ? 'private' : 'public';
  };
}
