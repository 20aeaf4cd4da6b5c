import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { CagedProcess } from '../../cage/port.ts';

export interface Captured {
  stdout: string;
  stderr: string;
  /** True when the two together passed the cap; the rest is gone and the process was ended. */
  overflow: boolean;
}

/** Streams output to the log as it comes and keeps at most `maxBytes` of both streams together. */
export async function captureOutput(
  process: CagedProcess,
  maxBytes: number,
  log: (stream: 'stdout' | 'stderr', text: string) => void,
): Promise<Captured> {
  let left = maxBytes;
  let overflow = false;
  const collect = async (stream: Readable, name: 'stdout' | 'stderr'): Promise<string> => {
    const decoder = new StringDecoder('utf8');
    const parts: string[] = [];
    const add = (text: string) => {
      if (text === '') return;
      parts.push(text);
      log(name, text);
    };
    for await (const chunk of stream) {
      const bytes = chunk as Buffer;
      const kept = bytes.subarray(0, left);
      left -= kept.length;
      add(decoder.write(kept));
      if (kept.length < bytes.length && !overflow) {
        overflow = true;
        void process.kill('output', `It printed more than ${maxBytes} bytes.`);
      }
    }
    add(decoder.end());
    return parts.join('');
  };
  const [stdout, stderr] = await Promise.all([
    collect(process.stdout, 'stdout'),
    collect(process.stderr, 'stderr'),
  ]);
  return { stdout, stderr, overflow };
}
