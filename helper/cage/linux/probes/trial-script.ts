/**
 * Runs inside the trial cage and prints "name value" lines: what a hostile program would find.
 * Arguments: secret path on the host, port on the host's loopback, numbers of io_uring_setup and
 * unshare, bytes to write to /tmp.
 */
export const TRIAL_SCRIPT = String.raw`
use strict;
my ($secret, $port, $uring, $unshare, $bytes) = @ARGV;
my $say = sub { print "$_[0] $_[1]\n" };
open(my $s, '<', '/proc/self/status') or die;
while (<$s>) { $say->($1, $2) if /^(CapEff|CapBnd|CapPrm|NoNewPrivs|Seccomp):\s*(\S+)/ }
open(my $m, '<', '/proc/self/uid_map') or die;
my @map = <$m>;
$say->('uid_map_lines', scalar @map);
$say->('uid_map_length', (split ' ', $map[0])[2]);
close $s; close $m;
opendir(my $d, '/proc/self/fd') or die;
my @fds = grep { /^\d+$/ && $_ > 2 && $_ != fileno($d) } readdir $d;
$say->('descriptors', scalar @fds);
closedir $d;
opendir($d, '/proc') or die;
$say->('processes', scalar grep { /^\d+$/ } readdir $d);
closedir $d;
$say->('secret', open(my $x, '<', $secret) ? 0 : 0 + $!);
$say->('etc', open(my $y, '>', '/etc/akios-probe') ? 0 : 0 + $!);
$say->('root', open(my $z, '>', '/akios-probe') ? 0 : 0 + $!);
$say->('init_memory', open(my $i, '+<', '/proc/1/mem') ? 0 : 0 + $!);
socket(my $tcp, 2, 1, 0) or die;
$say->('loopback', connect($tcp, pack('Sna4x8', 2, 0 + $port, "\x7f\0\0\1")) ? 0 : 0 + $!);
$say->('vsock', socket(my $v, 40, 1, 0) ? 0 : 0 + $!);
$say->('raw', socket(my $r, 2, 3, 1) ? 0 : 0 + $!);
my $params = "\0" x 120;
$say->('io_uring', syscall(0 + $uring, 1, $params) >= 0 ? 0 : 0 + $!);
$say->('group', getpgrp());
open(my $routes, '<', '/proc/net/route');
my @routes = <$routes>;
$say->('routes', scalar(@routes) > 0 ? @routes - 1 : 0);
$say->('landlock', syscall(444, 0, 0, 1));
open(my $t, '>', '/tmp/fill') or die;
my ($block, $wrote, $full) = ("\0" x 65536, 0, 0);
while ($wrote < $bytes) { my $n = syswrite($t, $block); if (!$n) { $full = 0 + $!; last } $wrote += $n }
$say->('tmp_full', $full);
open(my $w, '>', 'written') or $say->('work', 0 + $!);
print $w 'x' and close $w and $say->('work', 0);
my $pid = fork;
if ($pid == 0) { syscall(0 + $unshare, 0x10000000); exit 0 }
waitpid $pid, 0;
$say->('unshare_signal', $? & 127);
`;
