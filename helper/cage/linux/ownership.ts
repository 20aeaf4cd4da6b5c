import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  fsyncSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { printable } from './launch/program.ts';

interface Loan {
  path: string;
  /** The run's own uid and gid. */
  run: number;
  owner: { uid: number; gid: number };
}

/** A temporary change of owner, on file systems that cannot show a folder under another one. */
export interface Lease {
  restore(): void;
}

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const wasGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');

/**
 * Gives every entry of `from` below a folder to `to`. Links are changed themselves, never what
 * they name; each folder is opened below its already open parent. A file with several names is
 * left as it is on the way in: one of the names may be outside.
 */
function chownTree(
  path: string,
  from: { uid: number; gid: number },
  to: { uid: number; gid: number },
  severalNames: boolean,
): void {
  let folder: number;
  try {
    folder = openSync(path, OPEN_FOLDER);
  } catch (error) {
    if (wasGone(error)) return;
    throw error;
  }
  try {
    const here = `/proc/self/fd/${folder}`;
    for (const name of readdirSync(here)) {
      const entry = `${here}/${name}`;
      const stat = lstatSync(entry, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      if (stat.isDirectory()) chownTree(entry, from, to, severalNames);
      else if (stat.uid === from.uid && (stat.nlink === 1 || severalNames)) {
        lchownSync(entry, to.uid, stat.gid === from.gid ? to.gid : stat.gid);
      }
    }
    const stat = fstatSync(folder);
    if (stat.uid === from.uid) {
      fchownSync(folder, to.uid, stat.gid === from.gid ? to.gid : stat.gid);
    }
  } finally {
    closeSync(folder);
  }
}

function change(loan: Loan, back: boolean): void {
  const run = { uid: loan.run, gid: loan.run };
  const [from, to] = back ? [run, loan.owner] : [loan.owner, run];
  const stat = lstatSync(loan.path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) chownTree(loan.path, from, to, back);
  else if (stat.uid === from.uid && !stat.isSymbolicLink()) chownSync(loan.path, to.uid, to.gid);
}

/** Keeps a record on disk of every folder that is lent, so that a crash cannot lose its owner. */
export class Lender {
  readonly #folder: string;
  readonly #out = new Set<string>();

  constructor(stateDir: string) {
    this.#folder = join(stateDir, 'cage', 'lent');
  }

  /** Gives back what a helper that was killed had lent. Its processes must be gone. */
  recover(): void {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch (error) {
      if (wasGone(error)) return;
      throw error;
    }
    for (const name of names) {
      const record = join(this.#folder, name);
      const loan = readLoan(record);
      if (loan !== null) change(loan, true);
      rmSync(record, { force: true });
    }
  }

  lend(path: string, run: number): Lease {
    const overlap = [...this.#out].some(
      (other) => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
    );
    if (overlap) {
      throw new AkiosError('CONFLICT', `${printable(path)} is in use by another caged program.`, {
        hint: 'Its file system cannot show it to two at a time. Wait, or use a folder on ext4, xfs or btrfs.',
      });
    }
    const stat = lstatSync(path);
    const loan: Loan = { path, run, owner: { uid: stat.uid, gid: stat.gid } };
    const record = this.#record(loan);
    this.#out.add(path);
    const restore = (): void => {
      change(loan, true);
      rmSync(record, { force: true });
      this.#out.delete(path);
    };
    try {
      change(loan, false);
    } catch (error) {
      restore();
      throw error;
    }
    return { restore };
  }

  #record(loan: Loan): string {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, randomBytes(8).toString('hex'));
    const body = JSON.stringify(loan);
    const fd = openSync(path, 'wx', 0o600);
    writeSync(fd, `${digest(body)} ${body}`);
    fsyncSync(fd);
    closeSync(fd);
    return path;
  }
}

const digest = (body: string): string => createHash('sha256').update(body).digest('hex');

/** Null for a record that was cut short: then nothing had been changed yet. */
function readLoan(path: string): Loan | null {
  const text = readFileSync(path, 'utf8');
  const body = text.slice(65);
  return text.slice(0, 64) === digest(body) ? (JSON.parse(body) as Loan) : null;
}
