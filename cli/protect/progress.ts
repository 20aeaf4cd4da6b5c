import { bytesText } from '../render/table.ts';

/** Milliseconds between two looks; the first is shown only when work takes longer than this. */
const EVERY_MS = 500;

export interface Progress {
  /** A file begins; `bytes` is null where the size is not known. */
  file(name: string, bytes: number | null): void;
  /** Bytes of the current file that were read by now. */
  read(bytes: number): void;
  clear(): void;
  end(): void;
}

/** One line on stderr that is written over; nothing when stderr is no terminal. */
export function progress(): Progress {
  const { stderr } = process;
  if (stderr.isTTY !== true) {
    const nothing = (): void => undefined;
    return { file: nothing, read: nothing, clear: nothing, end: nothing };
  }
  let text = '';
  let shown = false;
  let done = 0;
  let size: number | null = null;
  let files = 0;
  let last = Date.now();
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[K');
    shown = false;
  };
  const show = (): void => {
    if (Date.now() - last < EVERY_MS) return;
    last = Date.now();
    const part = size === null || size === 0 ? '' : `, ${Math.floor((done * 100) / size)} %`;
    const line = `file ${files}: ${text}  ${bytesText(done)}${part}`;
    clear();
    stderr.write(line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1)));
    shown = true;
  };
  return {
    file(name, bytes) {
      files += 1;
      [text, size, done] = [name, bytes, 0];
      show();
    },
    read(bytes) {
      done += bytes;
      show();
    },
    clear,
    end: clear,
  };
}
