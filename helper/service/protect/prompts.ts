import { isAbsolute } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { placeFinder } from '../../../shared/redaction/place.ts';
import { estimateTokens } from '../../core/prices/tokens.ts';
import { splitTemplate } from '../../core/workflow/interpolate.ts';
import type { ActionStep, Step } from '../../core/workflow/model.ts';
import { parseWorkflow } from '../../core/workflow/parse.ts';
import type { Reference } from '../../core/workflow/reference.ts';
import { ProjectFiles } from '../../engine/project-files.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';
import type { ProjectRedactor } from '../projects/redactor.ts';
import { withDocuments } from './documents.ts';

type Read = (path: string) => Promise<string>;

/** What prompts are made of: a project, or a workflow that lies anywhere. */
export interface PromptPlace {
  dir: string;
  workflowEnv: Readonly<Record<string, string>>;
  redactor: ProjectRedactor;
  config: { llm_provider?: string | undefined; llm_model?: string | undefined };
  openWorker: OpenProject['openWorker'];
}

/** A workflow outside any project: built-in policy, no settings, documents of the folder given. */
export function placeOutside(deps: Deps, folder: string | null): PromptPlace {
  if (folder !== null && !isAbsolute(folder)) {
    throw new AkiosError('INPUT_INVALID', 'The folder must be absolute.', { where: 'folder' });
  }
  return {
    dir: folder ?? '/',
    workflowEnv: {},
    redactor: deps.builtin,
    config: {},
    openWorker: (run, grants) => {
      if (folder !== null) return deps.openWorker(run, grants);
      throw new AkiosError('FILE_NOT_FOUND', 'No folder was given to read documents from.');
    },
  };
}

/**
 * The redacted prompt of every llm step. What an earlier step reads from `data/input` is filled in
 * from the document itself, through the cage; what only a run can know stays as its reference.
 */
export async function promptsOf(deps: Deps, place: PromptPlace, path: string, given?: string) {
  const source = given ?? new ProjectFiles(place.dir).readWorkflow(path.replace(/^\.\//, ''));
  const { workflow } = parseWorkflow(source, path, { env: place.workflowEnv });
  const llm = workflow.steps.filter((step) => step.kind === 'action' && step.agent === 'llm');
  return withDocuments(deps, place, async (read) => {
    const resolver = new Resolver(
      workflow.steps,
      cached(async (file) => (await read(file)).text),
    );
    const prompts = [];
    for (const step of llm) {
      if (step.kind === 'action') prompts.push(await promptOf(step, resolver, place));
    }
    return prompts;
  });
}

function cached(read: Read): Read {
  const known = new Map<string, Promise<string>>();
  return (path) => {
    const text = known.get(path) ?? read(path);
    known.set(path, text);
    return text;
  };
}

async function promptOf(step: ActionStep, resolver: Resolver, project: PromptPlace) {
  const params: JsonObject = { ...step.config, ...step.parameters };
  const unresolved: string[] = [];
  const pieces: string[] = [];
  for (const { role, template } of messagesOf(params)) {
    const filled = await resolver.fill(template, step, unresolved);
    pieces.push(role === null ? filled : `${role}: ${filled}`);
  }
  const { text, counts, replacements } = await project.redactor.redactText(pieces.join('\n\n'));
  const placeOf = placeFinder(text);
  const provider = word(params['provider']) ?? project.config.llm_provider ?? 'builtin';
  const model = word(params['model']) ?? project.config.llm_model ?? 'extractive';
  return {
    step: step.index,
    name: step.name,
    model: `${provider}/${model}`,
    text,
    counts,
    replacements: replacements.map((one) => ({ ...one, place: placeOf(one.outStart) })),
    bytes: Buffer.byteLength(text),
    tokens: estimateTokens(text),
    unresolved,
  };
}

function word(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function messagesOf(params: JsonObject): { role: string | null; template: string }[] {
  const messages = params['messages'];
  const parts: { role: string | null; template: string }[] = [];
  if (typeof params['system'] === 'string') {
    parts.push({ role: 'system', template: params['system'] });
  }
  if (typeof params['prompt'] === 'string') parts.push({ role: null, template: params['prompt'] });
  if (Array.isArray(messages)) {
    for (const message of messages) {
      if (typeof message !== 'object' || message === null || Array.isArray(message)) continue;
      const { role, content } = message;
      if (typeof content === 'string') {
        parts.push({ role: typeof role === 'string' ? role : 'user', template: content });
      }
    }
  }
  return parts;
}

class Resolver {
  readonly #steps: readonly Step[];
  readonly #read: Read;

  constructor(steps: readonly Step[], read: Read) {
    this.#steps = steps;
    this.#read = read;
  }

  async fill(template: string, step: ActionStep, unresolved: string[]): Promise<string> {
    let out = '';
    for (const segment of splitTemplate(template, step.forEach?.as)) {
      if ('text' in segment) {
        out += segment.text;
        continue;
      }
      const text = await this.#textOf(segment.reference, step);
      if (text === null) unresolved.push(segment.reference.source);
      out += text ?? `{${segment.reference.source}}`;
    }
    return out;
  }

  /** The document text a reference stands for, or null when only a run can know it. */
  async #textOf(reference: Reference, step: ActionStep): Promise<string | null> {
    const named = this.#stepOf(reference, step);
    const keys = reference.path.map(String).join('.');
    if (named?.kind !== 'action' || named.agent !== 'filesystem' || named.action !== 'read')
      return null;
    if (keys !== '' && keys !== 'text' && keys !== 'content') return null;
    const path = word({ ...named.config, ...named.parameters }['path']);
    if (path === undefined || splitTemplate(path).some((part) => 'reference' in part)) return null;
    const clean = path.replace(/^\.\//, '');
    if (!clean.startsWith('data/input/')) return null;
    try {
      return await this.#read(clean);
    } catch (error) {
      if (error instanceof AkiosError && error.code === 'FILE_NOT_FOUND') return null;
      throw error;
    }
  }

  #stepOf({ root }: Reference, step: ActionStep): Step | undefined {
    if (root.kind === 'number') return this.#steps.find((s) => s.index === root.step);
    if (root.kind === 'name') return this.#steps.find((s) => s.name === root.step);
    if (root.kind !== 'previous') return undefined;
    const only = step.dependsOn.length === 1 ? step.dependsOn[0] : undefined;
    return this.#steps.find((s) => s.index === only);
  }
}
