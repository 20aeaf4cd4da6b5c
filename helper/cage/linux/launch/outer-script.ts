/**
 * First program of the chain, outside the cage. It turns the helper's privileges into none and
 * hands over to bubblewrap: joins the cgroup leaf, opens what is to be bound without following a
 * link, gives a root helper's files to the run's own uid by idmapped mounts in a private mount
 * namespace (nothing changes on disk, nothing stays mounted), drops every right, starts bubblewrap
 * and stays as its guardian.
 * perl is used because perl-base is part of every Debian and starts in a millisecond; python takes
 * fifteen, Node a hundred and sixty.
 *
 * The plan arrives on descriptor 3 as NUL-separated words; descriptor 6 takes one line on failure.
 */
export const OUTER_SCRIPT = String.raw`
use strict;
my %do;
my (%nr, @trees, @plain, %maps, %ns, @exec);
my ($parent, $uid, $gid, $leaf, $ipc, $high);
sub fail { my $e = 0 + $!; open(my $s, '>&=', 6); syswrite($s, "L $e $_[0]\n"); exit 125 }
sub sys { my ($name, @a) = @_; my $r = syscall($nr{$name}, @a); fail($name) if $r < 0; return $r }
open(my $in, '<&=', 3) or fail('plan');
my @w = do { local $/; split(/\0/, scalar(<$in>), -1) };
close $in;
pop @w;
while (@w) {
  my $verb = shift @w;
  if ($verb eq 'call') { my $n = shift @w; $nr{$n} = 0 + shift @w }
  elsif ($verb eq 'parent') { $parent = 0 + shift @w }
  elsif ($verb eq 'leaf') { $leaf = shift @w }
  elsif ($verb eq 'user') { $uid = 0 + shift @w; $gid = $uid }
  elsif ($verb eq 'ipc') { $ipc = 1 }
  elsif ($verb eq 'map') { my $k = shift @w; $maps{$k} = [shift @w, shift @w] }
  elsif ($verb eq 'tree') { push @trees, { path => shift @w, kind => shift @w, map => shift @w } }
  elsif ($verb eq 'bind') { push @plain, { path => shift @w, fd => 0 + shift @w } }
  elsif ($verb eq 'last') { $high = 0 + shift @w }
  elsif ($verb eq 'exec') { @exec = @w; last }
  else { fail("verb $verb") }
}
# SIGTERM and SIGCHLD wait for the guardian's loop; orphans of what is started here come to it.
my ($mask, $none) = (pack('Q', 1 << 14 | 1 << 16), pack('Q', 0));
sys('rt_sigprocmask', 0, $mask, 0, 8);
sys('prctl', 36, 1, 0, 0, 0);
# O_PATH | O_CLOEXEC; no symbolic or magic link in any component.
sub opened {
  my ($path, $cloexec) = @_;
  return sys('openat2', -100, $path, pack('QQQ', 0x200000 | ($cloexec ? 0x80000 : 0), 0, 6), 24);
}
sub namespace_of {
  my ($key) = @_;
  return $ns{$key} if $ns{$key};
  pipe(my $r1, my $w1) or fail('pipe');
  pipe(my $r2, my $w2) or fail('pipe');
  my $child = fork;
  fail('fork') unless defined $child;
  if ($child == 0) {
    close $r1; close $w2;
    syswrite($w1, syscall($nr{unshare}, 0x10000000) == 0 ? 'y' : 'n');
    sysread($r2, my $end, 1);
    kill 9, $$;
  }
  close $w1; close $r2;
  my $answer = '';
  sysread($r1, $answer, 1);
  $answer eq 'y' or fail('user namespace for the id map');
  for my $i (0, 1) {
    open(my $f, '>', "/proc/$child/" . ('uid_map', 'gid_map')[$i]) or fail('open id map');
    syswrite($f, $maps{$key}[$i]) or fail('write id map');
  }
  open(my $space, '<', "/proc/$child/ns/user") or fail('open user namespace');
  kill 9, $child;
  waitpid $child, 0;
  return $ns{$key} = $space;
}
if ($uid) {
  # CLONE_NEWNS, and CLONE_NEWIPC where the limits of System V objects are set here.
  sys('unshare', 0x20000 | ($ipc ? 0x08000000 : 0));
  sys('mount', 'none', '/', 0, 0x44000, 0);
  if ($ipc) {
    my %most = (shmall => 16384, shmmni => 64, msgmni => 32, sem => '250 1024 32 64');
    for my $name (sort keys %most) {
      open(my $f, '>', "/proc/sys/kernel/$name") or fail("limit $name");
      (syswrite($f, $most{$name}) // 0) > 0 or fail("limit $name");
    }
  }
  for my $t (@trees) {
    my $fd = opened($t->{path}, 1);
    $t->{fd} = sys('open_tree', $fd, '', 0x1000 | 1 | 0x80000);
    next if $t->{map} eq '';
    my $attr = pack('QQQQ', 0x100000, 0, 0, fileno(namespace_of($t->{map})));
    my ($empty, $to) = ('', $t->{fd});
    if (syscall($nr{mount_setattr}, $to, $empty, 0x1000, $attr, 32) < 0) {
      fail("idmap $t->{path}");
    }
  }
  if (@trees) {
    sys('mount', 'tmpfs', '/tmp', 'tmpfs', 0, 'size=65536,mode=0755');
    my $i = 0;
    for my $t (@trees) {
      my $at = "/tmp/$i";
      if ($t->{kind} eq 'dir') { mkdir $at or fail('stage') }
      else { open(my $f, '>', $at) or fail('stage') }
      sys('move_mount', $t->{fd}, '', -100, $at, 4);
      $i++;
    }
  }
}
# Kept at the number bubblewrap was told, and open across exec: a race on the path is then seen.
for my $p (@plain) {
  my $fd = opened($p->{path}, 1);
  if ($fd == $p->{fd}) { $fd = sys('dup', $fd) }
  sys('dup3', $fd, $p->{fd}, 0);
}
# Whatever else the helper's parent left open does not go along.
sys('close_range', $high + 1, 0xffffffff, 4);
# With a group, the child is born in it (CLONE_INTO_CGROUP): moving a process there waits for the
# whole machine.
my ($guardian, $step) = ($$);
if (defined $leaf) {
  my $group = opened($leaf, 1);
  my $args = pack('Q11', 0x200000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, $group);
  $step = sys('clone3', $args, 88);
}
else { $step = fork; fail('fork') unless defined $step }
if ($uid) {
  for (my $cap = 0; $cap < 64; $cap++) { last if syscall($nr{prctl}, 24, $cap, 0, 0, 0) < 0 }
  sys('setgroups', 0, 0);
  sys('setresgid', $gid, $gid, $gid);
  sys('setresuid', $uid, $uid, $uid);
  my ($head, $empty) = (pack('LL', 0x20080522, 0), pack('L6', 0, 0, 0, 0, 0, 0));
  sys('capset', $head, $empty);
  fail('rights could be regained') if syscall($nr{setresuid}, 0, 0, 0) == 0 || $< != $uid || $> != $uid;
}
sys('prctl', 38, 1, 0, 0, 0);
if ($step == 0) {
  # The guardian is the parent: without it there is nobody to end this.
  sys('prctl', 1, 9, 0, 0, 0);
  exit 125 if getppid() != $guardian;
  sys('rt_sigprocmask', 2, $none, 0, 8);
  exec { $exec[0] } @exec or fail("exec $exec[0]");
}
# From here on this process only watches. It adopts what bubblewrap leaves when bubblewrap dies at
# a bad moment, and ends everything when the helper dies: SIGTERM comes as the death signal.
# Changing ids forgets that signal: it is asked for last, and the parent checked after.
sys('prctl', 1, 15, 0, 0, 0);
my $end = getppid() != $parent;
$0 = 'akios-cage';
open(STDIN, '<', '/dev/null');
open(STDOUT, '>', '/dev/null');
open(STDERR, '>', '/dev/null');
sys('close_range', 3, 0xffffffff, 0);
while (1) {
  my $gone;
  while (($gone = waitpid(-1, 1)) > 0) { $end = 1 if $gone == $step }
  last if $gone == -1;
  if ($end) {
    my $left = $step;
    if (open(my $c, '<', "/proc/self/task/$$/children")) { $left = <$c> // ''; close $c }
    kill 9, $_ for split ' ', $left;
  }
  $end = 1 if syscall($nr{rt_sigtimedwait}, $mask, 0, 0, 8) == 15;
}
exit 0;
`;
