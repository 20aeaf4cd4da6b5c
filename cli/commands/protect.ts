import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ReplacementView } from '../../shared/contract/protect.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { projectAbove } from '../place.ts';
import { openPlain, TextReader } from '../protect/read-text.ts';
import { table } from '../render/table.ts';

const PROJECT = { project: { type: 'string' } } as const;
const DEFAULT_WORKFLOW = 'workflows/sample.yml';

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
    for (const line of table(prompt.replacements.map(findingRow))) io.out(line);
    io.out('');
    io.out(prompt.text);
    io.out('');
  }
  if (prompts.length === 0) io.out('No llm step in this workflow.');
  return 0;
}

/** Type, line and column in the text below, score and reasons of one marker. */
function findingRow({ span, place }: ReplacementView): string[] {
  const at = place === undefined ? '' : `line ${place.line}, column ${place.column}`;
  return [`  ${span.type}`, at, span.score.toFixed(2), (span.evidence ?? []).join(', ')];
}

async function promptsOf(argv: string[], form: string) {
  const { values, positionals } = options(argv, form, PROJECT, { min: 0, max: 1 });
  const project = values.project ?? projectAbove(process.cwd());
  const workflow = positionals[0] ?? DEFAULT_WORKFLOW;
  const { prompts } = await connect().call(
    'protect.showPrompt',
    project === null ? outside(workflow) : { project, workflow },
  );
  return prompts;
}

/** Without a project: the workflow as it stands, and `data/input` of the current folder. */
function outside(workflow: string) {
  if (statSync(workflow, { throwIfNoEntry: false }) === undefined) {
    throw new AkiosError('FILE_NOT_FOUND', `There is no workflow ${workflow}.`, {
      hint: 'Name a workflow file, or run this in a project.',
    });
  }
  const file = openPlain(workflow, true);
  try {
    const reader = new TextReader(workflow);
    let source = '';
    for (const chunk of file.chunks()) source += reader.push(chunk);
    return { workflow, source: source + reader.end(), folder: resolve('.') };
  } finally {
    file.close();
  }
}
