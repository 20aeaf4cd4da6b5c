import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject, projectAbove } from '../place.ts';
import { table } from '../render/table.ts';
import { readItem } from './protect-scan.ts';

const PROJECT = { project: { type: 'string' } } as const;
const DEFAULT_WORKFLOW = 'workflows/sample.yml';

export async function redact(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'protect redact [FILE] [--text TEXT] [--json]',
    { ...PROJECT, text: { type: 'string' } },
    { min: 0, max: 1 },
  );
  const text = values.text ?? readItem(positionals[0] ?? '-').text;
  const done = await connect().call('protect.redact', {
    text,
    ...(values.project === undefined ? {} : { project: values.project }),
  });
  if (io.json) return printJson(io, done);
  io.raw(done.text);
  return 0;
}

export async function showPrompt(argv: string[], io: Io): Promise<number> {
  const prompts = await promptsOf(argv, 'protect show-prompt [WORKFLOW] [--json]');
  if (io.json) return printJson(io, { prompts });
  for (const prompt of prompts) {
    io.err(
      `step ${prompt.step} ${prompt.name} -> ${prompt.model}: ${prompt.bytes} bytes, ${prompt.tokens} tokens`,
    );
    io.out(prompt.text);
    if (prompt.unresolved.length > 0) {
      io.err(`  known only during a run: ${prompt.unresolved.map((ref) => `{${ref}}`).join(', ')}`);
    }
  }
  if (prompts.length === 0) io.err('No llm step in this workflow.');
  return 0;
}

export async function preview(argv: string[], io: Io): Promise<number> {
  const prompts = await promptsOf(argv, 'protect preview [WORKFLOW] [--json]');
  const totals: Record<string, number> = {};
  for (const { counts } of prompts) {
    for (const [type, n] of Object.entries(counts)) totals[type] = (totals[type] ?? 0) + n;
  }
  if (io.json) return printJson(io, { prompts, totals });
  for (const prompt of prompts) {
    io.out(
      `Step ${prompt.step} (${prompt.name}), ${prompt.model}: ${prompt.bytes} bytes would leave`,
    );
    for (const line of table(
      Object.entries(prompt.counts).map(([type, n]) => [`  ${type}`, String(n)]),
    ))
      io.out(line);
    io.out('');
    io.out(prompt.text);
    io.out('');
  }
  if (prompts.length === 0) io.out('No llm step in this workflow.');
  return 0;
}

async function promptsOf(argv: string[], form: string) {
  const { values, positionals } = options(argv, form, PROJECT, { min: 0, max: 1 });
  const project = currentProject(values.project ?? projectAbove(process.cwd()) ?? undefined);
  const { prompts } = await connect().call('protect.showPrompt', {
    project,
    workflow: positionals[0] ?? DEFAULT_WORKFLOW,
  });
  return prompts;
}
