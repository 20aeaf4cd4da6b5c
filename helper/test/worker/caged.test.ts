import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { createFilesystemAgent } from '../../agents/filesystem/agent.ts';
import type { ActionContext } from '../../agents/port.ts';
import { createToolExecutorAgent } from '../../agents/tool-executor/agent.ts';
import { createLinuxCage } from '../../cage/linux/backend.ts';
import type { CageBackend, CagedProcess } from '../../cage/port.ts';
import { docx, paragraph, run } from './documents.ts';
import { type Bench, LIMITS, openBench } from './setup.ts';

let bench: Bench;
let state: string;
let cage: CageBackend | null = null;
let why = 'no cage';

/** The cage, or a loud note that these tests did not run here. */
function ready(name: string): CageBackend | null {
  if (cage === null) declareNotRun(`caged worker: ${name}`, why);
  return cage;
}

beforeAll(async () => {
  bench = await openBench();
  state = mkdtempSync(join(tmpdir(), 'akios-cage-'));
  const backend = createLinuxCage({ stateDir: state });
  try {
    const probe: CagedProcess = await backend.spawn({
      id: 'probe',
      argv: ['/usr/bin/true'],
      limits: LIMITS,
      stdin: 'none',
      seccomp: 'kill',
    });
    const exit = await probe.exited;
    if (exit.end === 'exit' && exit.code === 0) cage = backend;
    else why = exit.detail;
  } catch (thrown) {
    why = thrown instanceof Error ? thrown.message : 'unknown';
  }
  if (cage === null) await backend.dispose();
});
afterAll(async () => {
  await bench.dispose();
  await cage?.dispose();
  rmSync(state, { recursive: true, force: true });
});

const samples = new URL('../../../assets/sample/data/input/', import.meta.url);

describe('the worker in the real cage', () => {
  it('serves the granted folders and nothing else', async () => {
    const backend = ready('grants');
    if (backend === null) return;
    bench.file('data/input/ok.txt', 'fine');
    bench.file('data/input_private/no.txt', 'SECRET');
    bench.file('audit/audit.db', 'SECRET');
    bench.file('.env', 'SECRET');
    bench.file('data/output/run_2/other.txt', 'SECRET');
    const worker = await bench.worker({}, backend);
    expect((await worker.call('fs.read', { path: 'data/input/ok.txt', maxBytes: 100 })).text).toBe(
      'fine',
    );
    const { entries } = await worker.call('fs.list', { path: '.', recursive: true });
    expect(entries.map((entry) => entry.path)).toEqual([
      'data',
      'data/input',
      'data/input/ok.txt',
      'data/output',
      'data/output/run_1',
    ]);
    for (const path of [
      'data/input_private/no.txt',
      'audit/audit.db',
      '.env',
      'data/output/run_2/other.txt',
      'etc/passwd',
    ]) {
      await expect(worker.call('fs.read', { path, maxBytes: 100 }), path).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
    }
    await worker.call('fs.write', { path: 'data/output/run_1/out.txt', text: 'made inside' });
    expect(readFileSync(join(bench.project, 'data/output/run_1/out.txt'), 'utf8')).toBe(
      'made inside',
    );
    for (const path of [
      'data/input/new.txt',
      'data/input/ok.txt',
      'data/output/new.txt',
      'new.txt',
    ]) {
      await expect(worker.call('fs.write', { path, text: 'x' }), path).rejects.toMatchObject({
        code: 'DENIED',
      });
    }
    await expect(worker.call('fs.delete', { path: 'data/input/ok.txt' })).rejects.toMatchObject({
      code: 'DENIED',
    });
    await expect(
      worker.call('fs.move', { from: 'data/input/ok.txt', to: 'data/output/run_1/ok.txt' }),
    ).rejects.toMatchObject({ code: 'DENIED' });
    expect(existsSync(join(bench.project, 'data/input/ok.txt'))).toBe(true);
  });

  it('parses the sample documents', async () => {
    const backend = ready('samples');
    if (backend === null) return;
    for (const name of [
      'clinical-letter.docx',
      'insurance-claim.pdf',
      'bank-statement.csv',
      'email-thread.txt',
    ]) {
      bench.file(`data/input/${name}`, readFileSync(new URL(name, samples)));
    }
    const worker = await bench.worker({}, backend);
    const text = async (name: string) =>
      (await worker.call('doc.parse', { path: `data/input/${name}`, maxChars: 100_000 })).text;
    expect(await text('clinical-letter.docx')).toContain('SSN: 536-22-8145');
    expect(await text('insurance-claim.pdf')).toContain('4111 1111 1111 1111');
    expect(await text('bank-statement.csv')).toContain('DE89370400440532013000');
    expect(await text('email-thread.txt')).toContain('priya.raman@example.com');
  });

  it('follows no link that was planted in a granted folder', async () => {
    const backend = ready('links');
    if (backend === null) return;
    const secret = join(bench.base, 'outside.txt');
    writeFileSync(secret, 'SECRET');
    const input = join(bench.project, 'data/input');
    symlinkSync(secret, join(input, 'abs'));
    symlinkSync('/etc/passwd', join(input, 'inside-etc'));
    symlinkSync('/proc/self/environ', join(input, 'environ'));
    symlinkSync('/proc/1/root', join(input, 'root'));
    linkSync(secret, join(input, 'hard'));
    const worker = await bench.worker({}, backend);
    for (const name of ['abs', 'inside-etc', 'environ', 'root/etc/passwd', 'hard']) {
      await expect(
        worker.call('fs.read', { path: `data/input/${name}`, maxBytes: 1000 }),
        name,
      ).rejects.toMatchObject({ code: 'DENIED' });
    }
  });

  it('loses only the call of a document that eats all memory', async () => {
    const backend = ready('memory');
    if (backend === null) return;
    // Millions of tiny elements: small as a file, heavy as objects.
    bench.file('data/input/heavy.docx', docx(paragraph(run('a')).repeat(700_000)));
    bench.file('data/input/light.txt', 'light');
    const worker = await bench.worker({}, backend);
    const heavy = await worker
      .call('doc.parse', { path: 'data/input/heavy.docx', maxChars: 10_000_000 })
      .then(
        (parsed) => parsed.text.length,
        (thrown: { code: string }) => thrown.code,
      );
    expect([1_400_000, 'STEP_FAILED', 'TOO_LARGE']).toContain(heavy);
    expect(
      (await worker.call('fs.read', { path: 'data/input/light.txt', maxBytes: 100 })).text,
    ).toBe('light');
  });
});

function contextOf(
  backend: CageBackend,
  over: Partial<ActionContext> = {},
): { context: ActionContext; logged: string[] } {
  const logged: string[] = [];
  const context = {
    run: 'run_1',
    step: '1',
    projectDir: bench.project,
    outputDir: 'data/output/run_1',
    cage: backend,
    limits: LIMITS,
    signal: new AbortController().signal,
    log: (stream: string, text: string) => logged.push(`${stream}:${text}`),
    ...over,
  } as unknown as ActionContext;
  return { context, logged };
}

describe('tool_executor in the real cage', () => {
  const tool = createToolExecutorAgent().actions[0]!;
  const sh = (script: string) => ({ command: 'sh', args: ['-c', script] });

  it('runs a program on the project files and records what it used (control)', async () => {
    const backend = ready('tool control');
    if (backend === null) return;
    bench.file('data/input/words.txt', 'one two three\n');
    const { context, logged } = contextOf(backend);
    const { output, resources } = await tool.perform(
      { command: 'wc', args: ['-w', 'data/input/words.txt'] },
      context,
    );
    expect(output).toMatchObject({
      stdout: '3 data/input/words.txt\n',
      stderr: '',
      exit_code: 0,
      program: '/usr/bin/wc',
    });
    expect(logged.join('')).toBe('stdout:3 data/input/words.txt\n');
    expect(resources?.maxRssBytes ?? 1).toBeGreaterThan(0);
    await tool.perform(sh('echo made > data/output/run_1/tool.txt'), context);
    expect(readFileSync(join(bench.project, 'data/output/run_1/tool.txt'), 'utf8')).toBe('made\n');
  });

  it('cannot write its input, see the project or the host, or keep anything', async () => {
    const backend = ready('tool files');
    if (backend === null) return;
    bench.file('.env', 'SECRET');
    bench.file('data/input/fixed.txt', 'fixed');
    const { context } = contextOf(backend);
    const { output } = await tool.perform(
      sh(
        'echo x > data/input/fixed.txt; rm -f data/input/fixed.txt; cat .env ../.env /etc/shadow /root/.ssh/id_rsa; ' +
          `cat ${bench.project}/.env; ls ${bench.base}; echo scratch > scratch.txt; ls; true`,
      ),
      context,
    );
    expect(readFileSync(join(bench.project, 'data/input/fixed.txt'), 'utf8')).toBe('fixed');
    expect(String(output['stdout'])).toBe('data\nscratch.txt\n');
    const again = await tool.perform({ command: 'ls' }, context);
    expect(again.output['stdout']).toBe('data\n');
  });

  it('sees the names of key files among its input, never their content', async () => {
    const backend = ready('tool secrets');
    if (backend === null) return;
    bench.file('data/input/deep/.env', 'SECRET');
    bench.file('data/input/ID_RSA', 'SECRET');
    bench.file('data/input/deep/plain.txt', 'plain');
    const { context } = contextOf(backend);
    const script =
      'cat data/input/deep/.env data/input/ID_RSA data/input/deep/plain.txt; rm -f data/input/ID_RSA; umount data/input/ID_RSA; cat data/input/ID_RSA; ls -A data/input/deep';
    const { output } = await tool.perform(sh(script), context);
    expect(output['stdout']).toBe('plain.env\nplain.txt\n');
  });

  it('has no network at all, whatever interpreter runs', async () => {
    const backend = ready('tool network');
    if (backend === null) return;
    const server = createServer((socket) => socket.end('REACHED'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    let reached = 0;
    server.on('connection', () => {
      reached += 1;
    });
    const { context } = contextOf(backend);
    const perl = `use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => ${port}); print $s ? <$s> : "closed";`;
    const { output } = await tool.perform({ command: 'perl', args: ['-e', perl] }, context);
    expect(output['stdout']).toBe('closed');
    expect(reached).toBe(0);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('dies with its whole tree at the time limit, daemons included', async () => {
    const backend = ready('tool timeout');
    if (backend === null) return;
    const { context } = contextOf(backend);
    const mark = join(bench.project, 'data/output/run_1/alive.txt');
    mkdirSync(join(bench.project, 'data/output/run_1'), { recursive: true });
    const script =
      '(setsid sh -c "trap \'\' TERM HUP; while :; do date +%N > data/output/run_1/alive.txt; sleep 0.05; done" &) ; sleep 100';
    // Long enough to have started on a busy machine.
    await expect(tool.perform({ ...sh(script), timeout: 5 }, context)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const before = readFileSync(mark, 'utf8');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(readFileSync(mark, 'utf8')).toBe(before);
  });

  it('is stopped with its run, capped in what it prints, and judged by its status', async () => {
    const backend = ready('tool stop');
    if (backend === null) return;
    const stop = new AbortController();
    const { context } = contextOf(backend, { signal: stop.signal });
    const running = tool.perform(sh('sleep 100'), context);
    setTimeout(() => stop.abort(), 200);
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    const fresh = contextOf(backend);
    await expect(
      tool.perform({ command: 'yes', max_output_size: 5000 }, fresh.context),
    ).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    expect(fresh.logged.join('').length).toBeLessThan(6000);
    await expect(tool.perform(sh('exit 3'), fresh.context)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      details: { exit_code: 3 },
    });
    const { output } = await tool.perform(
      { ...sh('exit 3'), ok_exit_codes: [0, 3] },
      fresh.context,
    );
    expect(output['exit_code']).toBe(3);
    expect(
      (await tool.perform({ command: 'cat', stdin: 'piped' }, fresh.context)).output['stdout'],
    ).toBe('piped');
    await tool.perform({ command: 'true', stdin: 'x'.repeat(500_000) }, fresh.context);
  });
});

describe('the filesystem agent in the real cage', () => {
  it('writes under data/output into the folder of the run and reads it back', async () => {
    const backend = ready('filesystem agent');
    if (backend === null) return;
    const agent = createFilesystemAgent();
    const action = (name: string) => agent.actions.find((candidate) => candidate.name === name)!;
    const { context } = contextOf(backend, { worker: await bench.worker({}, backend) });
    const written = await action('write').perform(
      { allowed_paths: ['./data/output'], path: './data/output/hello.txt', content: 'Hello' },
      context,
    );
    expect(written.output).toMatchObject({ path: 'data/output/run_1/hello.txt', bytes: 5 });
    const path = String(written.output['path']);
    const back = await action('read').perform({ allowed_paths: ['./data/output'], path }, context);
    expect(back.output).toMatchObject({ text: 'Hello', path: 'data/output/run_1/hello.txt' });
    await action('delete').perform({ allowed_paths: ['data/output'], path }, context);
    expect(
      (await action('exists').perform({ allowed_paths: ['data/output'], path }, context)).output,
    ).toMatchObject({ exists: false });
  });
});
