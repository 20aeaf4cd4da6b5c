import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { canonicalPath, isWithin } from '../../cage/worker/project-path.ts';
import type {
  ActionContext,
  ActionResult,
  Agent,
  AgentAction,
  EffectDescription,
} from '../port.ts';

/** One write, and the default cap of one read (bytes). */
export const MAX_WRITE_BYTES = 10 * 1024 * 1024;
const MAX_READ_CHARS = 8 * 1024 * 1024;
const OUTPUT = 'data/output';
const DOCUMENTS = /\.(?:txt|text|log|md|markdown|csv|tsv|json|jsonl|pdf|docx|xlsx|eml|html?)$/i;

const path = z.string().min(1).max(1024).describe('Relative to the project');
const place = {
  allowed_paths: z
    .array(path)
    .min(1)
    .max(100)
    .describe('Folders (or files) this step may touch; nothing is added to them'),
  read_only: z.boolean().optional().describe('true refuses every action that changes something'),
};

const readParams = z.strictObject({
  ...place,
  path,
  max_chars: z.number().int().min(1).max(MAX_READ_CHARS).optional(),
  format: z.enum(['auto', 'raw']).optional().describe('raw: the file as text, not parsed'),
});
const onePath = z.strictObject({ ...place, path });
const listParams = z.strictObject({
  ...place,
  path,
  recursive: z.boolean().optional(),
});
const writeParams = z.strictObject({
  ...place,
  path,
  content: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= MAX_WRITE_BYTES, 'holds more than 10 MB'),
  append: z.boolean().optional(),
});
const twoPaths = z.strictObject({ ...place, from: path, to: path });

type Place = { allowed_paths: string[]; read_only?: boolean | undefined };

/** The canonical path, if the step's own list covers it by whole names. */
function granted(params: Place, raw: string): string {
  const wanted = canonicalPath(raw);
  if (wanted.normalize('NFC') !== wanted) {
    throw new AkiosError('INPUT_INVALID', 'The path is not in composed Unicode form.');
  }
  if (params.allowed_paths.some((folder) => isWithin(wanted, canonicalPath(folder)))) return wanted;
  throw new AkiosError('DENIED', 'The path is not in allowed_paths of this step.', {
    hint: 'Add the folder to allowed_paths if the step needs it; similar names do not count.',
  });
}

function assertMayChange(params: Place): void {
  if (params.read_only !== true) return;
  throw new AkiosError('DENIED', 'This step is read_only and cannot change files.', {
    hint: 'Set read_only: false for a step that writes.',
  });
}

/**
 * Where a path under data/output really lies: each run has its own folder there. Other runs'
 * folders (`run_...`) keep their name; whether they can be seen is the grant's business.
 */
export function runPath(path: string, outputDir: string): string {
  if (!isWithin(path, OUTPUT) || isWithin(path, outputDir)) return path;
  if (path === OUTPUT) return outputDir;
  const rest = path.slice(OUTPUT.length + 1);
  return rest.startsWith('run_') || rest.startsWith('run-') ? path : `${outputDir}/${rest}`;
}

function look(action: string, target: string): EffectDescription {
  return {
    gate: 'fs',
    action,
    target,
    reversibility: 'full',
    idempotent: true,
    sideEffects: 'None: the file is only read, inside the cage.',
  };
}

function change(action: string, target: string, sideEffects: string): EffectDescription {
  return {
    gate: 'fs',
    action,
    target,
    reversibility: action === 'delete' ? 'partial' : 'full',
    idempotent: action === 'write',
    sideEffects,
  };
}

async function readFile(
  params: z.infer<typeof readParams>,
  context: ActionContext,
): Promise<ActionResult> {
  const file = runPath(granted(params, params.path), context.outputDir);
  const maxChars = params.max_chars ?? MAX_READ_CHARS;
  if (params.format === 'raw' || !DOCUMENTS.test(file)) {
    const { text, bytes } = await context.worker.call('fs.read', {
      path: file,
      maxBytes: MAX_WRITE_BYTES,
    });
    const cut = text.slice(0, maxChars);
    return { output: { text: cut, path: file, bytes, truncated: cut.length < text.length } };
  }
  const parsed = await context.worker.call('doc.parse', { path: file, maxChars });
  return {
    output: {
      text: parsed.text,
      path: file,
      kind: parsed.kind,
      pages: parsed.sections.length,
      truncated: parsed.truncated,
      warnings: parsed.warnings,
    },
  };
}

async function listFolder(
  params: z.infer<typeof listParams>,
  context: ActionContext,
): Promise<ActionResult> {
  const folder = runPath(granted(params, params.path), context.outputDir);
  const { entries } = await context.worker.call('fs.list', {
    path: folder,
    recursive: params.recursive === true,
  });
  return {
    output: {
      text: entries.map((entry) => entry.path).join('\n'),
      path: folder,
      count: entries.length,
      entries: entries.map((entry) => ({ ...entry })),
    },
  };
}

async function statFile(
  params: z.infer<typeof onePath>,
  context: ActionContext,
): Promise<ActionResult> {
  const { entry } = await context.worker.call('fs.stat', {
    path: runPath(granted(params, params.path), context.outputDir),
  });
  return {
    output: {
      text: `${entry.path}: ${entry.kind}, ${entry.bytes} bytes, changed ${entry.modifiedAt}`,
      path: entry.path,
      kind: entry.kind,
      bytes: entry.bytes,
      modified_at: entry.modifiedAt,
    },
  };
}

async function writeFile(
  params: z.infer<typeof writeParams>,
  context: ActionContext,
): Promise<ActionResult> {
  assertMayChange(params);
  const file = runPath(granted(params, params.path), context.outputDir);
  const { bytes } = await context.worker.call('fs.write', {
    path: file,
    text: params.content,
    append: params.append === true,
  });
  return { output: { text: `Wrote ${bytes} bytes to ${file}`, path: file, bytes } };
}

/** Both ends must lie in the run's output: the gate judges one target, so neither may be elsewhere. */
function bothEnds(params: z.infer<typeof twoPaths>): { from: string; to: string } {
  const from = granted(params, params.from);
  const to = granted(params, params.to);
  for (const end of [from, to]) {
    if (end === OUTPUT || !isWithin(end, OUTPUT)) {
      throw new AkiosError('DENIED', 'Files are moved and copied inside data/output only.', {
        hint: 'Read the source in one step and write it in the next.',
      });
    }
  }
  return { from, to };
}

async function transfer(
  kind: 'fs.move' | 'fs.copy',
  params: z.infer<typeof twoPaths>,
  context: ActionContext,
): Promise<ActionResult> {
  assertMayChange(params);
  const ends = bothEnds(params);
  const from = runPath(ends.from, context.outputDir);
  const to = runPath(ends.to, context.outputDir);
  await context.worker.call(kind, { from, to });
  return { output: { text: `${from} -> ${to}`, path: to, from } };
}

interface Definition<S extends z.ZodType> {
  name: string;
  aliases?: readonly string[];
  params: S;
  addressing: readonly string[];
  describe(params: z.infer<S>): EffectDescription;
  perform(params: z.infer<S>, context: ActionContext): Promise<ActionResult>;
}

function action<S extends z.ZodType>(definition: Definition<S>): AgentAction {
  const { name, params, addressing } = definition;
  return {
    name,
    aliases: definition.aliases ?? [],
    params: params as unknown as z.ZodType<JsonObject>,
    addressing: ['allowed_paths', ...addressing],
    describe: (given) => definition.describe(params.parse(given)),
    perform: (given, context) => definition.perform(params.parse(given), context),
  };
}

function changing(
  name: 'write' | 'append',
  perform: (params: z.infer<typeof writeParams>, context: ActionContext) => Promise<ActionResult>,
): AgentAction {
  return action({
    name,
    params: writeParams,
    addressing: ['path'],
    describe: (p) => {
      assertMayChange(p);
      const target = granted(p, p.path);
      return change(
        p.append === true ? 'append' : name,
        target,
        `Writes ${target} in the project.`,
      );
    },
    perform,
  });
}

/**
 * The filesystem agent. Every operation goes to the caged worker of the run: the helper opens no
 * path that a workflow chose. Parameters: requirements of `path`, `content`, `allowed_paths`.
 */
export function createFilesystemAgent(): Agent {
  return {
    name: 'filesystem',
    actions: [
      action({
        name: 'read',
        params: readParams,
        addressing: ['path'],
        describe: (p) => look('read', granted(p, p.path)),
        perform: readFile,
      }),
      action({
        name: 'list',
        params: listParams,
        addressing: ['path'],
        describe: (p) => look('list', granted(p, p.path)),
        perform: listFolder,
      }),
      action({
        name: 'exists',
        params: onePath,
        addressing: ['path'],
        describe: (p) => look('exists', granted(p, p.path)),
        perform: async (p, context) => {
          const file = runPath(granted(p, p.path), context.outputDir);
          const { exists } = await context.worker.call('fs.exists', { path: file });
          return { output: { text: String(exists), path: file, exists } };
        },
      }),
      action({
        name: 'stat',
        aliases: ['analyze', 'analyse'],
        params: onePath,
        addressing: ['path'],
        describe: (p) => look('stat', granted(p, p.path)),
        perform: statFile,
      }),
      changing('write', writeFile),
      changing('append', (p, context) => writeFile({ ...p, append: true }, context)),
      moveAction('move'),
      moveAction('copy'),
      deleteAction(),
    ],
  };
}

function moveAction(name: 'move' | 'copy'): AgentAction {
  return action({
    name,
    params: twoPaths,
    addressing: ['from', 'to'],
    describe: (p) => {
      assertMayChange(p);
      const { from, to } = bothEnds(p);
      return change(name, to, `${name === 'move' ? 'Moves' : 'Copies'} ${from} to ${to}.`);
    },
    perform: (p, context) => transfer(`fs.${name}`, p, context),
  });
}

function deleteAction(): AgentAction {
  return action({
    name: 'delete',
    params: onePath,
    addressing: ['path'],
    describe: (p) => {
      assertMayChange(p);
      const target = granted(p, p.path);
      return change('delete', target, `Removes ${target} from the project.`);
    },
    perform: async (p, context) => {
      assertMayChange(p);
      const file = runPath(granted(p, p.path), context.outputDir);
      await context.worker.call('fs.delete', { path: file });
      return { output: { text: `Removed ${file}`, path: file } };
    },
  });
}
