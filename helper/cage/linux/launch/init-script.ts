/**
 * Process 1 of the cage. bubblewrap's own reaper can be replaced in memory by the step, reports a
 * signal as if it were an exit code, and leaves daemons alive after the step; this one is not
 * dumpable (its /proc entries belong to nobody), reports the exact wait status on a descriptor no
 * step can reach, ends everything with the step, and carries the bridge to the egress proxy.
 *
 * Arguments: status descriptor, "number soft hard" limit triples joined by commas, bridge socket
 * or "-", umask (decimal) or "-", numbers of prctl, prlimit64, setsid, close_range, getrusage, then the program.
 */
export const INIT_SCRIPT = String.raw`
use strict;
my ($fd, $limits, $proxy, $umask, $prctl, $prlimit, $setsid, $close_range, $getrusage, @argv) = @ARGV;
$_ += 0 for $prctl, $prlimit, $setsid, $close_range, $getrusage;
syscall($prctl, 4, 0, 0, 0, 0) == 0 or exit 125;
open(my $status, '>&', $fd) or exit 125;
my $own = fileno($status);
syscall($close_range, 3, $own - 1, 0) if $own > 3;
syscall($close_range, $own + 1, 0xffffffff, 0);
$0 = 'cage-init';
my $listener;
if ($proxy ne '-') {
  socket($listener, 2, 1, 0) or die "cage: bridge: $!\n";
  setsockopt($listener, 1, 2, 1);
  bind($listener, pack('Sna4x8', 2, 3128, "\x7f\0\0\1")) or die "cage: bridge: $!\n";
  listen($listener, 64) or die "cage: bridge: $!\n";
}
syswrite($status, "R\n");
my $pid = fork;
defined $pid or exit 125;
if ($pid == 0) {
  syscall($setsid);
  # The helper must get its turn to stop a cage whose processes take every processor.
  setpriority(0, 0, 10);
  # Where memory is only polled, the host's own last resort should fall on the cage first.
  if (open(my $oom, '>', '/proc/self/oom_score_adj')) { syswrite($oom, '800'); close $oom }
  for (split /,/, $limits) {
    my ($what, $soft, $hard) = split / /;
    # A limit can only go down: what the helper itself may not pass stays.
    my $old = "\0" x 16;
    syscall($prlimit, 0, 0 + $what, 0, $old);
    my $most = (unpack('QQ', $old))[1];
    $hard = $most if $hard > $most;
    $soft = $hard if $soft > $hard;
    my $value = pack('QQ', $soft, $hard);
    syscall($prlimit, 0, 0 + $what, $value, 0) == 0 or do { syswrite($status, "X limit $what\n"); kill 9, $$ };
  }
  syscall($close_range, 3, 0xffffffff, 4) == 0 or do { syswrite($status, "X descriptors\n"); kill 9, $$ };
  $SIG{PIPE} = 'DEFAULT';
  umask(0 + $umask) if $umask ne '-';
  exec { $argv[0] } @argv or do { my $e = 0 + $!; syswrite($status, "X $e\n") };
  kill 9, $$;
}
open(STDIN, '<', '/dev/null');
open(STDOUT, '>', '/dev/null');
open(STDERR, '>', '/dev/null');
sub pump {
  my ($client) = @_;
  socket(my $up, 1, 1, 0) or return;
  connect($up, pack('Sa*', 1, $proxy)) or return;
  my %to = (fileno($client) => [$client, $up], fileno($up) => [$up, $client]);
  while (%to) {
    my $wait = '';
    vec($wait, $_, 1) = 1 for keys %to;
    select(my $ready = $wait, undef, undef, undef) > 0 or next;
    for my $f (keys %to) {
      next unless vec($ready, $f, 1);
      my ($from, $into) = @{ $to{$f} };
      my $n = sysread($from, my $bytes, 65536);
      if (!$n) { shutdown($into, 1); delete $to{$f}; next }
      my $sent = 0;
      while ($sent < $n) {
        my $k = syswrite($into, $bytes, $n - $sent, $sent);
        return unless $k;
        $sent += $k;
      }
    }
  }
}
if ($listener) {
  my $bridge = fork;
  if (defined $bridge && $bridge == 0) {
    $0 = 'cage-bridge';
    close $status;
    $SIG{PIPE} = 'IGNORE';
    my $open = 0;
    while (1) {
      while ($open > 0 && waitpid(-1, $open >= 32 ? 0 : 1) > 0) { $open-- }
      accept(my $client, $listener) or next;
      my $k = fork;
      next unless defined $k;
      if ($k == 0) { close $listener; pump($client); kill 9, $$ }
      $open++;
    }
  }
  close $listener;
}
while ((my $gone = wait) != -1) {
  next if $gone != $pid;
  my $code = $?;
  my $use = "\0" x 256;
  syscall($getrusage, -1, $use);
  my ($us, $uu, $ss, $su, $rss) = unpack('q5', $use);
  syswrite($status, "S $code " . ($us * 1000 + $ss * 1000 + int(($uu + $su) / 1000)) . " $rss\n");
  last;
}
kill 9, $$;
exit 0;
`;
