import { PERL } from '../launch/launch.ts';
import { PROXY_PORT } from '../launch/program.ts';
import type { Judgement } from './judge.ts';
import { inScratch, runToEnd, type Spawn, TRIAL_LIMITS } from './trial.ts';

/** One CONNECT from inside the trial cage. */
export interface ProxyQuestion {
  about: string;
  /** host:port */
  authority: string;
  /** Sent once the way is open; what comes back until the end is the answer's bytes. */
  greeting?: Buffer;
}

export interface ProxyAnswer {
  /** Status of the answer to CONNECT; empty when there was none. */
  status: string;
  bytes: Buffer;
}

/** A way out opened for one probing, with what to ask through it and how to judge the answers. */
export interface ProxyTrial {
  socket: string;
  questions: readonly ProxyQuestion[];
  judge(answers: readonly ProxyAnswer[]): Judgement;
  close(): Promise<void>;
}

/** Prints one line per question: the status, and the bytes that came after a greeting as hex. */
const ASK_SCRIPT = String.raw`
use strict;
$| = 1;
$SIG{PIPE} = 'IGNORE';
while (@ARGV) {
  my ($authority, $greeting) = splice @ARGV, 0, 2;
  my ($head, $body) = ('', '');
  socket(my $s, 2, 1, 0) or die "socket: $!";
  if (connect($s, pack('Sna4x8', 2, ${PROXY_PORT}, "\x7f\0\0\1"))) {
    syswrite $s, "CONNECT $authority HTTP/1.1\r\nHost: $authority\r\n\r\n";
    while ($head !~ /\r\n\r\n/ && sysread($s, my $more, 4096)) { $head .= $more }
    if ($head =~ /^HTTP\S+ 200 / && $greeting ne '') {
      syswrite $s, pack('H*', $greeting);
      while (sysread($s, my $more, 4096)) { $body .= $more }
    }
  }
  printf "%s %s\n", $head =~ /^HTTP\S+ (\d{3})/ ? $1 : '-', unpack('H*', $body) || '-';
}
`;

/** Asks from inside a cage whose only way out is the trial's. */
export async function askProxy(
  spawn: Spawn,
  stateDir: string,
  trial: ProxyTrial,
): Promise<Judgement> {
  const words = trial.questions.flatMap(({ authority, greeting }) => [
    authority,
    greeting?.toString('hex') ?? '',
  ]);
  const { exit, stdout, stderr } = await inScratch(stateDir, ({ work }) =>
    runToEnd(spawn, {
      id: 'probe',
      argv: [PERL, '-f', '-e', ASK_SCRIPT, '--', ...words],
      workDir: work,
      egressSocket: trial.socket,
      limits: TRIAL_LIMITS,
      stdin: 'none',
      seccomp: 'kill',
    }),
  );
  const lines = stdout.trim().split('\n');
  if (lines.length !== trial.questions.length || exit.code !== 0) {
    return {
      ok: false,
      observed: `nothing could be asked: ${exit.detail} ${stderr.slice(0, 200)}`,
    };
  }
  return trial.judge(
    lines.map((line) => {
      const [status = '-', bytes = '-'] = line.split(' ');
      return {
        status: status === '-' ? '' : status,
        bytes: bytes === '-' ? Buffer.alloc(0) : Buffer.from(bytes, 'hex'),
      };
    }),
  );
}
