import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Micros, micros } from '../../../shared/domain/money.ts';
import type { CageBackend, CageLimits } from '../../cage/port.ts';
import { BudgetBook } from '../../core/budget/book.ts';
import type { TextRedactor } from '../../engine/port.ts';
import type { Ledger } from '../../store/ledger/port.ts';

export interface TestResult {
  ok: boolean;
  detail: string;
}

/** Invented values; each must be gone after redaction and each must leave a marker. */
const CANARIES: readonly (readonly [type: string, text: string, value: string])[] = [
  ['EMAIL', 'Write to canary.person@example.org today.', 'canary.person@example.org'],
  ['US_SSN', 'Her social security number is 536-90-4399.', '536-90-4399'],
  ['CREDIT_CARD', 'Card number 4111 1111 1111 1111, please.', '4111 1111 1111 1111'],
  ['IBAN', 'IBAN DE89 3704 0044 0532 0130 00', 'DE89 3704 0044 0532 0130 00'],
];

/**
 * Redaction really replaces known values, with the settings of this project; a required detector
 * that does not answer makes it fail.
 */
export async function testRedaction(plain: TextRedactor): Promise<TestResult> {
  try {
    return tryCanaries(await plain.prepare(CANARIES.map(([, text]) => text)));
  } catch (error) {
    return {
      ok: false,
      detail: error instanceof Error ? error.message : 'The detector failed without a message.',
    };
  }
}

function tryCanaries(redactor: TextRedactor): TestResult {
  for (const [type, text, value] of CANARIES) {
    const { text: clean, replacements } = redactor.redact(text);
    if (clean.includes(value) || replacements.length === 0) {
      return { ok: false, detail: `A planted ${type} value was not redacted.` };
    }
  }
  return { ok: true, detail: `${CANARIES.length} planted values were redacted.` };
}

/** One micro-dollar above the cap must be refused by the same book that runs use. */
export function testBudget(limit: Micros): TestResult {
  const book = new BudgetBook();
  book.declare({ id: 'run:self-test', limit });
  const refused = book.reserve('self-test', micros(limit + 1), ['run:self-test']);
  if (refused.ok) return { ok: false, detail: 'A reservation above the cap was admitted.' };
  const admitted = book.reserve('self-test-2', limit, ['run:self-test']);
  if (!admitted.ok) return { ok: false, detail: 'A reservation at the cap was refused.' };
  return { ok: true, detail: 'A reservation one micro-dollar above the cap was refused.' };
}

/** The row is under a signed checkpoint and reads back as it was written. */
export function testLedger(ledger: Ledger, seq: number): TestResult {
  const checkpoint = ledger.checkpoint();
  if (checkpoint === null || checkpoint.size <= seq) {
    return { ok: false, detail: `Record ${seq} is not under a signed checkpoint.` };
  }
  const { body, leaf } = ledger.record(seq);
  const proof = ledger.inclusion(seq);
  if (body === null || !body.includes('cage.self-test') || proof.leaf !== leaf) {
    return { ok: false, detail: `Record ${seq} does not read back as written.` };
  }
  return {
    ok: true,
    detail: `Record ${seq} was durable, signed and provable before the test ran.`,
  };
}

export interface CanaryResult {
  files: TestResult;
  network: TestResult;
}

/** What a caged shell can do outside its folder and with the network; each line is one finding. */
const SCRIPT = `
touch ./inside 2>/dev/null && echo inside-written
(echo x > /etc/akios-canary) 2>/dev/null && echo etc-written
(echo x > "$AKIOS_CANARY_OUTSIDE/canary") 2>/dev/null && echo outside-written
cat /etc/shadow >/dev/null 2>&1 && echo shadow-read
ls "$AKIOS_CANARY_PROJECT" >/dev/null 2>&1 && echo project-listed
while read -r line; do echo "route $line"; done < /proc/net/route
while read -r name rest; do case $name in *:) echo "device $name";; esac; done < /proc/net/dev
echo done`;

/** Runs a shell in a throw-away cage and looks at what it managed to do. Never throws. */
export async function testCage(
  backend: CageBackend,
  limits: CageLimits,
  project: string,
): Promise<CanaryResult> {
  const work = mkdtempSync(join(tmpdir(), 'akios-self-'));
  const outside = mkdtempSync(join(tmpdir(), 'akios-self-'));
  try {
    const lines = await runCanary(backend, limits, { work, outside, project });
    return { files: filesResult(lines), network: networkResult(lines) };
  } catch (error) {
    const detail = `The trial program could not run: ${error instanceof Error ? error.message : 'unknown'}`;
    return { files: { ok: false, detail }, network: { ok: false, detail } };
  } finally {
    rmSync(work, { recursive: true, force: true });
    rmSync(outside, { recursive: true, force: true });
  }
}

async function runCanary(
  backend: CageBackend,
  limits: CageLimits,
  places: { work: string; outside: string; project: string },
): Promise<string[]> {
  const child = await backend.spawn({
    id: `self-test-${Math.random().toString(36).slice(2, 10)}`,
    argv: ['/bin/sh', '-c', SCRIPT],
    workDir: places.work,
    env: { AKIOS_CANARY_OUTSIDE: places.outside, AKIOS_CANARY_PROJECT: places.project },
    limits: { ...limits, wallMs: 10_000 },
    stdin: 'none',
    seccomp: 'quiet',
  });
  let text = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr.resume();
  await child.exited;
  return text.split('\n').filter((line) => line !== '');
}

function filesResult(lines: readonly string[]): TestResult {
  if (!lines.includes('done') || !lines.includes('inside-written')) {
    return { ok: false, detail: 'The trial program did not finish inside its folder.' };
  }
  const bad = lines.filter((line) =>
    ['etc-written', 'outside-written', 'shadow-read', 'project-listed'].includes(line),
  );
  return bad.length === 0
    ? { ok: true, detail: 'Writing outside, reading secrets and listing the project were refused.' }
    : { ok: false, detail: `The trial program could do this: ${bad.join(', ')}.` };
}

function networkResult(lines: readonly string[]): TestResult {
  if (!lines.includes('done')) return { ok: false, detail: 'The trial program did not finish.' };
  const routes = lines.filter((line) => line.startsWith('route ') && !line.includes('Iface'));
  const devices = lines.filter((line) => line.startsWith('device ') && line !== 'device lo:');
  return routes.length === 0 && devices.length === 0
    ? { ok: true, detail: 'The cage has no network device and no route.' }
    : { ok: false, detail: 'The cage has a network device or a route.' };
}
