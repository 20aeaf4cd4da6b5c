import type { Socket } from 'node:net';

/** What the chain reports about itself, in the order it happens. */
export interface StatusEvents {
  /** Host pid of process 1 of the cage. */
  child(pid: number): void;
  /** Process 1 runs, inside every wall, with the filter on. */
  running(): void;
  /** The launcher gave up before the cage existed. */
  refused(errno: number, what: string): void;
  /** The program itself could not be executed. */
  notExecuted(what: string): void;
  ended(status: { wait: number; cpuMs: number; maxRssBytes: number }): void;
}

function onLine(line: string, events: StatusEvents): void {
  const [verb = '', ...words] = line.split(' ');
  if (verb === 'R') events.running();
  else if (verb === 'L') events.refused(Number(words[0]), words.slice(1).join(' '));
  else if (verb === 'X') events.notExecuted(words.join(' '));
  else if (verb === 'S') {
    const [wait = 0, cpuMs = 0, kib = 0] = words.map(Number);
    events.ended({ wait, cpuMs, maxRssBytes: kib * 1024 });
  } else {
    const pid = /"child-pid": *(\d+)/.exec(line)?.[1];
    if (pid !== undefined) events.child(Number(pid));
  }
}

/** Reads the status channel. Only the launcher, bubblewrap and process 1 can write to it. */
export function readStatus(channel: Socket, events: StatusEvents): void {
  let rest = '';
  channel.setEncoding('latin1');
  channel.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line, events);
  });
  // A reset here only means that the writers are gone; the monitor's exit says the rest.
  channel.on('error', () => channel.destroy());
}
