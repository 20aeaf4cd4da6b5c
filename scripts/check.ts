/**
 * `npm test`: every check there is, one table, one closing line.
 *   --strict   anything that did not run is a failure
 *   --only X   only the checks whose name contains X (for work on one area)
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { lockfileProblems, npmCiAccepts, readLockfile } from './lockfile-gate.ts';
import { missing } from './system-packages.mjs';
import { typecheck } from './typecheck.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string, file: string) => join(root, 'node_modules', name, file);
const reports = mkdtempSync(join(tmpdir(), 'akios-check-'));

interface Outcome {
  passed: number;
  failed: number;
  notRun: { name: string; reason: string }[];
  detail: string;
}

interface Check {
  name: string;
  run(): Promise<Outcome>;
}

const pass = (passed: number, detail = ''): Outcome => ({ passed, failed: 0, notRun: [], detail });
const fail = (failed: number, detail: string, passed = 0): Outcome => ({
  passed,
  failed,
  notRun: [],
  detail,
});
const notRun = (name: string, reason: string): Outcome => ({
  passed: 0,
  failed: 0,
  notRun: [{ name, reason }],
  detail: '',
});

/** Runs one of our tools on the product's Node; its output goes to the terminal as it comes. */
function tool(args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function types(): Promise<Outcome> {
  const results = await typecheck(root);
  const bad = results.filter((r) => !r.ok);
  for (const { zone, output } of bad) process.stdout.write(`types of ${zone}:\n${output}\n`);
  return bad.length === 0
    ? pass(results.length, `${results.length} zones`)
    : fail(bad.length, bad.map((r) => r.zone).join(', '), results.length - bad.length);
}

async function lint(): Promise<Outcome> {
  const code = await tool([
    bin('@biomejs/biome', 'bin/biome'),
    'check',
    '--error-on-warnings',
    '--max-diagnostics=30',
    '.',
  ]);
  return code === 0 ? pass(1) : fail(1, 'see above');
}

async function lockfile(): Promise<Outcome> {
  const problems = lockfileProblems(readLockfile(root));
  const npm = npmCiAccepts(root);
  if (!npm.ok) problems.push(`npm ci refuses it: ${npm.output.slice(0, 400)}`);
  return problems.length === 0 ? pass(2) : fail(problems.length, problems.join('; '));
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  success: boolean;
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

/** The failed tests by name with the first line of why: the closing lines alone must tell. */
function unitFailures(report: VitestReport): string {
  const firstLine = (text: string | undefined) => (text ?? '').split('\n')[0]?.slice(0, 300) ?? '';
  const lines = report.testResults.flatMap((file) => {
    const bad = file.assertionResults.filter((a) => a.status === 'failed');
    const at = relative(root, file.name);
    if (bad.length === 0 && file.status === 'failed') return [`${at}: ${firstLine(file.message)}`];
    return bad.map((a) => `${at}: ${a.fullName}: ${firstLine(a.failureMessages?.[0])}`);
  });
  return lines.length === 0 ? 'an error outside of any test: see above' : lines.join('\n         ');
}

async function unit(): Promise<Outcome> {
  const file = join(reports, 'vitest.json');
  const notRunFile = join(reports, 'not-run.jsonl');
  const code = await tool(
    [
      bin('vitest', 'vitest.mjs'),
      'run',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    { AKIOS_NOT_RUN_FILE: notRunFile },
  );
  if (!existsSync(file)) return fail(1, 'vitest wrote no report');
  const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1);
  return {
    passed: report.numPassedTests,
    failed,
    notRun: [...unitNotRun(report), ...declaredNotRun(notRunFile)],
    detail: failed === 0 ? '' : unitFailures(report),
  };
}

function unitNotRun(report: VitestReport): Outcome['notRun'] {
  return report.testResults
    .flatMap((r) => r.assertionResults)
    .filter((a) => a.status !== 'passed' && a.status !== 'failed')
    .map((a) => ({ name: a.fullName, reason: `the test runner reports it as ${a.status}` }));
}

function declaredNotRun(file: string): Outcome['notRun'] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { name: string; reason: string });
}

async function build(): Promise<Outcome> {
  const code = await tool([join(root, 'scripts', 'build.ts'), '--force']);
  return code === 0 ? pass(1) : fail(1, 'see above');
}

interface PlaywrightSuite {
  specs?: { title: string; file: string; ok: boolean }[];
  suites?: PlaywrightSuite[];
}

interface PlaywrightReport extends PlaywrightSuite {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
}

const failedJourneys = (suite: PlaywrightSuite): string[] => [
  ...(suite.specs ?? []).filter((s) => !s.ok).map((s) => `${s.file}: ${s.title}`),
  ...(suite.suites ?? []).flatMap(failedJourneys),
];

async function journeys(): Promise<Outcome> {
  if (!existsSync('/usr/bin/chromium')) {
    return notRun('e2e in Chromium', 'chromium is not installed: apt-get install chromium');
  }
  const file = join(reports, 'playwright.json');
  const code = await tool([bin('@playwright/test', 'cli.js'), 'test', '-c', join(root, 'e2e')], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
  });
  if (!existsSync(file)) return fail(1, 'playwright wrote no report');
  const report = JSON.parse(readFileSync(file, 'utf8')) as PlaywrightReport;
  const { stats } = report;
  const bad = Math.max(stats.unexpected + stats.flaky, code === 0 ? 0 : 1);
  const skipped =
    stats.skipped > 0 ? [{ name: `${stats.skipped} journeys`, reason: 'skipped' }] : [];
  const names = failedJourneys(report).join('\n         ') || 'see above';
  return { passed: stats.expected, failed: bad, notRun: skipped, detail: bad ? names : '' };
}

async function electron(): Promise<Outcome> {
  const binary = join(root, 'node_modules', 'electron', 'dist', 'electron');
  if (!existsSync(binary)) {
    return notRun(
      'Electron journey',
      "Electron's binary is not here (npx install-electron downloads it); its code is type-checked, bundled and unit-tested",
    );
  }
  const code = await tool([join(root, 'e2e', 'electron', 'journey.ts')]);
  return code === 0 ? pass(1) : fail(1, 'see above');
}

async function vm(): Promise<Outcome> {
  if (process.env['AKIOS_TEST_VM'] !== '1') {
    return notRun('VM test (level Full, cgroup v2)', 'not asked for: npm run test:vm');
  }
  const code = await tool([join(root, 'scripts', 'vm', 'run.ts')]);
  return code === 0 ? pass(1) : fail(1, 'see above');
}

async function tla(): Promise<Outcome> {
  if (!process.env['TLA2TOOLS_JAR']) {
    return notRun('TLC model check', 'TLA2TOOLS_JAR does not name a tla2tools.jar: npm run tla');
  }
  const code = await tool([join(root, 'scripts', 'tla.ts')]);
  return code === 0 ? pass(1) : fail(1, 'see above');
}

async function system(): Promise<Outcome> {
  const lacking =
    process.platform === 'linux' && existsSync('/usr/bin/dpkg-query') ? missing('check') : [];
  return lacking.length === 0
    ? pass(1)
    : notRun(
        'system packages',
        `missing: ${lacking.map((p: { name: string }) => p.name).join(' ')}`,
      );
}

const CHECKS: readonly Check[] = [
  { name: 'system packages', run: system },
  { name: 'lockfile', run: lockfile },
  { name: 'types', run: types },
  { name: 'lint', run: lint },
  { name: 'build', run: build },
  { name: 'unit, property and attack tests', run: unit },
  { name: 'e2e in Chromium', run: journeys },
  { name: 'Electron journey', run: electron },
  { name: 'VM test', run: vm },
  { name: 'TLC', run: tla },
];

function table(rows: readonly { name: string; outcome: Outcome; seconds: number }[]): string {
  const line = (a: string, b: string, c: string, d: string, e: string) =>
    `${a.padEnd(34)} ${b.padStart(7)} ${c.padStart(7)} ${d.padStart(8)} ${e.padStart(7)}`;
  const out = [line('check', 'passed', 'failed', 'NOT RUN', 'time')];
  for (const { name, outcome, seconds } of rows) {
    const { passed, failed, notRun: idle } = outcome;
    out.push(line(name, String(passed), String(failed), String(idle.length), `${seconds} s`));
  }
  for (const { name, outcome } of rows) {
    if (outcome.failed > 0) out.push(`FAILED   ${name}: ${outcome.detail}`);
    for (const idle of outcome.notRun) out.push(`NOT RUN  ${idle.name}: ${idle.reason}`);
  }
  return out.join('\n');
}

const args = process.argv.slice(2);
const strict = args.includes('--strict');
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
const rows: { name: string; outcome: Outcome; seconds: number }[] = [];
mkdirSync(join(root, '.cache'), { recursive: true });

for (const check of CHECKS) {
  if (only !== undefined && !check.name.includes(only)) continue;
  process.stdout.write(`\n== ${check.name}\n`);
  const started = Date.now();
  const outcome = await check
    .run()
    .catch((error: unknown) => fail(1, error instanceof Error ? error.message : String(error)));
  rows.push({ name: check.name, outcome, seconds: Math.round((Date.now() - started) / 1000) });
}
rmSync(reports, { recursive: true, force: true });

const sum = (pick: (o: Outcome) => number) => rows.reduce((n, r) => n + pick(r.outcome), 0);
const failed = sum((o) => o.failed);
const idle = sum((o) => o.notRun.length);
process.stdout.write(`\n${table(rows)}\n`);
if (strict && idle > 0)
  process.stdout.write(`--strict: ${idle} checks did not run, which counts as failure\n`);
process.stdout.write(`${sum((o) => o.passed)} passed, ${failed} failed, ${idle} skipped\n`);
process.exit(failed > 0 || (strict && idle > 0) ? 1 : 0);
