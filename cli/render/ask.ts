import { createInterface } from 'node:readline/promises';
import { type Io, usage } from '../io.ts';

/** Asks a person; without a terminal there is nobody to ask, and that is a usage error. */
export async function ask(io: Io, question: string): Promise<string> {
  if (!io.interactive || io.json) {
    throw usage('This needs a confirmation, and there is no terminal to ask on.', 'Give --yes.');
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
