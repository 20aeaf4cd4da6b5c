import { appendFileSync } from 'node:fs';

/**
 * Declares that a test cannot run on this machine. It shows in the closing table of `npm test`
 * with its reason and fails `npm test -- --strict`; it is never counted as passed.
 */
export function declareNotRun(name: string, reason: string): void {
  process.stdout.write(`NOT RUN: ${name}: ${reason}\n`);
  const file = process.env['AKIOS_NOT_RUN_FILE'];
  if (file) appendFileSync(file, `${JSON.stringify({ name, reason })}\n`);
}
