import { readSync } from 'node:fs';
import type { CallOutput } from '../../shared/contract/table.ts';
import { AkiosError, EXIT } from '../../shared/domain/errors.ts';
import { nodeTreeHasher } from '../../shared/node/audit/hash.ts';
import { fromHex } from '../../shared/proof/bytes.ts';
import { verifyConsistency } from '../../shared/proof/proofs.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { readStartOfFile } from '../text-file.ts';

const MAX_NOTE = 65_536;

/**
 * The newest checkpoint to every anchor and to stdout; with `--check`, whether the log still holds
 * what a checkpoint kept earlier signed (0 it does, 5 it does not).
 */
export async function anchor(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'audit anchor [--check CHECKPOINT_FILE|-] [--json]',
    { project: { type: 'string' }, check: { type: 'string' } },
    { min: 0, max: 0 },
  );
  const project = currentProject(values.project);
  if (values.check !== undefined) return check(project, values.check, io);
  const checkpoint = await connect().call('audit.anchor', { project });
  if (io.json) return printJson(io, checkpoint);
  io.raw(checkpoint.note);
  return 0;
}

async function check(project: string, file: string, io: Io): Promise<number> {
  const found = await connect().call('audit.check', { project, note: readNote(file) });
  // The helper's word is not taken for it: the proof must lead from the one root to the other.
  const proved = found.verdict === 'consistent' && proves(found);
  const verdict = found.verdict === 'consistent' && !proved ? 'forked' : found.verdict;
  const exit = proved ? EXIT.ok : EXIT.integrity;
  if (io.json) return printJson(io, { ...found, verdict, proved }, exit);
  const { seen, now } = found;
  const text: Record<typeof verdict, string> = {
    consistent: `CONSISTENT: the log of ${now.size} records extends the ${seen.size} you saw.`,
    rolled_back: `ROLLED BACK: you saw ${seen.size} records, the log has ${now.size}.`,
    forked: `FORKED: the first ${seen.size} records are not those you saw.`,
    unsigned: 'UNSIGNED: no key of this log signed that checkpoint; it says nothing about the log.',
  };
  io.out(text[verdict]);
  io.out(`seen root ${seen.root}`);
  io.out(`now root  ${now.root}`);
  return exit;
}

/**
 * The text of a file, or of standard input for `-`. What a camera or a mail programme did to line ends
 * is undone: the signature covers what remains.
 */
function readNote(file: string): string {
  const text = file === '-' ? readInput() : readFile(file);
  return `${text.replaceAll('\r\n', '\n').trimEnd()}\n`;
}

function readInput(): string {
  const bytes = Buffer.alloc(MAX_NOTE + 1);
  let length = 0;
  while (length < bytes.length) {
    const got = readSync(0, bytes, length, bytes.length - length, null);
    if (got === 0) break;
    length += got;
  }
  if (length > MAX_NOTE) throw tooLarge('The standard input');
  return bytes.toString('utf8', 0, length);
}

function readFile(file: string): string {
  const text = readStartOfFile(file, MAX_NOTE + 1);
  if (text.length > MAX_NOTE) throw tooLarge(file);
  return text;
}

function tooLarge(what: string): AkiosError {
  return new AkiosError('TOO_LARGE', `${what} is too large for a checkpoint.`, {
    hint: 'Give what akios audit anchor printed, or anchor.note.',
  });
}

function proves({ seen, now, hashes }: CallOutput<'audit.check'>): boolean {
  if (seen.size === 0) return true;
  const roots = [fromHex(seen.root), fromHex(now.root)];
  const proof = hashes.map((hash) => fromHex(hash));
  if (roots.includes(null) || proof.includes(null)) return false;
  return verifyConsistency(nodeTreeHasher(), {
    first: BigInt(seen.size),
    second: BigInt(now.size),
    firstRoot: roots[0]!,
    secondRoot: roots[1]!,
    proof: proof as Uint8Array[],
  });
}
