/**
 * Runs as the first process of a network and mount namespace, made by `public-host.ts`: brings
 * loopback up, makes the public addresses of the plan local, shows a hosts file of its own and
 * hands listening sockets to the test by its channel. Ends when the channel closes.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export interface InsidePlan {
  /** Private folder of the test. */
  folder: string;
  /** Name to IPv4 address. */
  hosts: Readonly<Record<string, string>>;
  port: number;
}

/**
 * Loopback up, then one route of type "local" per address: the kernel answers on it although no
 * interface has it, so that it is not an address of this machine's own to anyone who asks.
 */
const ROUTES = String.raw`
socket(my $s, 16, 3, 0) or die "netlink: $!\n";
sub ask {
  my ($type, $flags, $body) = @_;
  send($s, pack('LSSLL', 16 + length $body, $type, $flags | 5, 1, 0) . $body, 0) or die "send: $!\n";
  sysread($s, my $answer, 4096) or die "answer: $!\n";
  my $error = unpack('l', substr($answer, 16, 4));
  die "netlink says errno " . -$error . "\n" if $error;
}
ask(16, 0, pack('CCSlLL', 0, 0, 0, 1, 1, 1));
for my $address (@ARGV) {
  my $route = pack('CCCCCCCCL', 2, 32, 0, 0, 255, 4, 254, 2, 0);
  ask(24, 0x400, $route . pack('SSC4', 8, 1, split /\./, $address) . pack('SSL', 8, 4, 1));
}
`;

function must(program: string, args: readonly string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  if (done.status !== 0) {
    throw new Error(`${program}: ${done.stderr?.trim() || done.error?.message}`);
  }
}

function cover(folder: string, path: string, text: string): void {
  const own = join(folder, path.replaceAll('/', '_'));
  writeFileSync(own, text, { mode: 0o644 });
  must('/usr/bin/mount', ['--bind', own, path]);
}

function listen(address: string, port: number): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      // The test has it from now on: this process must not accept any of its connections.
      process.send?.({ listening: address }, server, {}, () => {
        server.close();
        resolve();
      });
    });
  });
}

async function main(plan: InsidePlan): Promise<void> {
  const addresses = [...new Set(Object.values(plan.hosts))];
  must('/usr/bin/perl', ['-e', ROUTES, ...addresses]);
  const lines = Object.entries(plan.hosts).map(([name, address]) => `${address} ${name}\n`);
  cover(plan.folder, '/etc/hosts', `127.0.0.1 localhost\n${lines.join('')}`);
  cover(plan.folder, '/etc/resolv.conf', '');
  for (const address of addresses) await listen(address, plan.port);
  process.send?.({ ready: process.pid });
}

process.once('disconnect', () => process.exit(0));
process.once('message', (plan: InsidePlan) => {
  main(plan).catch((error: unknown) => {
    process.send?.({ failed: error instanceof Error ? error.message : String(error) }, () =>
      process.exit(1),
    );
  });
});
