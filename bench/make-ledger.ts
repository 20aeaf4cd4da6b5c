import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeLedger } from '../helper/store/ledger/bulk.ts';
import type { EventDraft } from '../helper/store/ledger/port.ts';

const USAGE =
  'usage: make-ledger --out DIR --events N --seal-every K --salt S [--origin NAME] [--prune A:B] [--continue]';

interface Arguments {
  out: string;
  events: number;
  sealEvery: number;
  salt: string;
  origin?: string;
  prune?: [number, number];
  more: boolean;
}

/** Throws Error with a sentence for a wrong command line. */
export function parseMakeArguments(argv: readonly string[]): Arguments {
  const values = new Map<string, string>();
  let more = false;
  for (let i = 0; i < argv.length; i++) {
    const flag = argv[i]!;
    if (flag === '--continue') more = true;
    else if (/^--(out|events|seal-every|salt|origin|prune)$/.test(flag)) {
      const value = argv[++i];
      if (value === undefined) throw new Error(`${flag} needs a value.`);
      values.set(flag.slice(2), value);
    } else throw new Error(`Unknown argument ${flag}.`);
  }
  const count = (name: string): number => {
    const text = values.get(name) ?? '';
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} needs a whole number above 0.`);
    return Number(text);
  };
  const out = values.get('out');
  const salt = values.get('salt');
  if (out === undefined || salt === undefined) throw new Error('--out and --salt are needed.');
  const result: Arguments = {
    out,
    events: count('events'),
    sealEvery: count('seal-every'),
    salt,
    more,
  };
  const origin = values.get('origin');
  if (origin !== undefined) result.origin = origin;
  const prune = values.get('prune');
  if (prune !== undefined) {
    const match = /^(\d{1,9}):(\d{1,9})$/.exec(prune);
    if (match === null) throw new Error('--prune needs FROM:TO.');
    result.prune = [Number(match[1]), Number(match[2])];
  }
  return result;
}

const TYPES = [
  'fs.read',
  'llm.call',
  'llm.outcome',
  'net.fetch',
  'tool.call',
  'gate.denied',
] as const;

/** Events of a working day, the same for the same salt and position. */
export function sampleDraft(salt: string, seq: number): EventDraft {
  const digest = createHash('sha256').update(`${salt}/${seq}`).digest('hex');
  const pick = Number.parseInt(digest.slice(0, 8), 16);
  const type = TYPES[pick % TYPES.length]!;
  return {
    type,
    actor: { type: 'agent', id: `agent-${pick % 7}` },
    subject: `data/input/report-${pick % 1000}.txt`,
    run: `run-${Math.floor(seq / 40)}-${digest.slice(8, 14)}`,
    step: `step-${pick % 5}`,
    policy: {
      id: 'default',
      version: '1',
      digest: digest.slice(0, 32),
      decision: type === 'gate.denied' ? 'deny' : 'allow',
      rule: `rule-${pick % 11}`,
    },
    budget: { before: pick % 1_000_000, delta: pick % 900, limit: 1_000_000 },
    argsHmac: digest,
    result: { status: type === 'gate.denied' ? 'denied' : 'ok', ms: pick % 700 },
    data: { note: `überprüft ${digest.slice(20, 28)}` },
  };
}

async function main(): Promise<void> {
  const args = parseMakeArguments(process.argv.slice(2));
  const paths = {
    logDir: join(args.out, 'log'),
    trustDir: join(args.out, 'trust'),
    secretDir: join(args.out, 'secret'),
  };
  if (!args.more && existsSync(join(paths.logDir, 'audit.db'))) {
    throw new Error(`${args.out} already holds a ledger; give --continue to append to it.`);
  }
  mkdirSync(args.out, { recursive: true });
  const made = makeLedger({
    paths,
    events: args.events,
    sealEvery: args.sealEvery,
    salt: args.salt,
    more: args.more,
    draft: (seq) => sampleDraft(args.salt, seq),
    ...(args.origin === undefined ? {} : { origin: args.origin }),
    ...(args.prune === undefined ? {} : { prune: args.prune }),
  });
  process.stdout.write(`${JSON.stringify(made)}\n`);
}

if (
  process.argv[1] !== undefined &&
  realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)
) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    process.exitCode = 2;
  }
}
