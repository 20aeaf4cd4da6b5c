import { isAbsolute, join } from 'node:path';
import type { CheckpointView } from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { anchorFailed } from './anchor-fault.ts';
import { replaceFile } from './files.ts';
import { ANCHOR_FILE } from './recover.ts';
import { toSystemLog } from './system-log.ts';

const EVERY_MS = 1000;

/**
 * The newest checkpoint in the trust folder, outside the project: at once when none was written in
 * the last second, else within a second. It trails the log and never runs ahead of it.
 */
export class AnchorFile {
  readonly #file: string;
  #pending: string | null = null;
  #writtenAt = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(trustDir: string) {
    this.#file = join(trustDir, ANCHOR_FILE);
  }

  offer(note: string): void {
    this.#pending = note;
    if (this.#timer !== null) return;
    const wait = this.#writtenAt + EVERY_MS - performance.now();
    if (this.#writtenAt === 0 || wait <= 0) this.#tryFlush();
    else {
      this.#timer = setTimeout(() => this.#tryFlush(), wait);
      this.#timer.unref();
    }
  }

  /** Writes what waits. Throws what the file system throws. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#pending === null) return;
    replaceFile(this.#file, this.#pending);
    this.#pending = null;
    this.#writtenAt = performance.now();
  }

  /** The rows are durable already: an anchor that fails is told and tried again, never thrown. */
  #tryFlush(): void {
    try {
      this.flush();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }

  close(): void {
    this.#tryFlush();
  }
}

export interface AnchorTargets {
  /** Absolute paths, best on other volumes or machines; each is replaced in one step. */
  files?: readonly string[];
  /** One entry to the system log, where the host's own forwarding takes it further. */
  syslog?: boolean;
}

/** Writes a checkpoint to each target. Throws LEDGER_UNAVAILABLE naming the first that failed. */
export async function anchorTo(
  view: CheckpointView,
  targets: AnchorTargets,
): Promise<CheckpointView> {
  for (const file of targets.files ?? []) {
    if (!isAbsolute(file)) {
      throw new AkiosError('INPUT_INVALID', 'An anchor file needs an absolute path.', {
        where: file,
      });
    }
    try {
      replaceFile(file, view.note);
    } catch (error) {
      throw anchorFailed(`The anchor ${file} could not be written.`, error);
    }
  }
  if (targets.syslog === true) await toSystemLog(view);
  return view;
}
