import { AkiosError } from '../../../shared/domain/errors.ts';
import { type Place, placeFinder } from '../../../shared/redaction/place.ts';
import type { Detection, Redacted } from '../../../shared/redaction/span.ts';
import { TYPES } from '../../../shared/redaction/types.ts';
import { estimateCost } from '../../core/prices/prices.ts';
import { estimateTokens } from '../../core/prices/tokens.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import { type OpenProject, refuseBroken } from '../projects/projects.ts';
import type { ProjectRedactor } from '../projects/redactor.ts';
import { findInDocument, redactedCopy, redactedText } from '../protect/copies.ts';
import { readDocument } from '../protect/documents.ts';
import { placeOutside, promptsOf } from '../protect/prompts.ts';
import { actorOf, type CallContext } from '../service.ts';

/** Text of all items of one scan call (UTF-16 units). */
const MAX_SCAN = 16 * 1024 * 1024;
const RAW_ROLES: ReadonlySet<string> = new Set(['analyst', 'developer', 'compliance', 'admin']);

export function protectHandlers(deps: Deps) {
  const redactorOf = async (ref: string | undefined): Promise<ProjectRedactor> =>
    ref === undefined ? deps.builtin : (await deps.projects.open(ref)).redactor;
  return defineHandlers({
    'protect.scan': async ({ project, items }) => {
      const total = items.reduce((sum, item) => sum + item.text.length, 0);
      if (total > MAX_SCAN) {
        throw new AkiosError('TOO_LARGE', `One scan takes at most ${MAX_SCAN} characters.`, {
          hint: 'Send the items in several calls.',
        });
      }
      const redactor = await redactorOf(project);
      const found = await redactor.scanAll(items.map(({ text }) => text));
      return { items: items.map(({ id }, i) => ({ id, spans: (found[i] as Detection).spans })) };
    },
    'protect.part': async ({ project, text, state, last, redact }) =>
      (await redactorOf(project)).part({ text, state, last, redact: redact === true }),
    'protect.document': async ({ project, ...given }, context) => {
      mayOpen(given, context);
      return findInDocument(deps, await redactorOf(project), given);
    },
    'protect.copy': async ({ project, as, ...given }, context) => {
      mayOpen(given, context);
      const redactor = await redactorOf(project);
      return as === 'text'
        ? redactedText(deps, redactor, given)
        : redactedCopy(deps, redactor, given);
    },
    'protect.redact': async ({ project, text }) => {
      const {
        text: redacted,
        counts,
        replacements,
      } = await (await redactorOf(project)).redactText(text);
      const placeOf = placeFinder(text);
      return {
        text: redacted,
        counts,
        replacements: replacements.map((one) => ({ ...one, place: placeOf(one.start) })),
      };
    },
    'protect.preview': async ({ project, document, text, raw }, context) => {
      const open = await deps.projects.open(project);
      const showRaw = raw === true && RAW_ROLES.has(context.caller.role);
      if (showRaw) refuseBroken(open);
      const source = await sourceOf(deps, open, document, text);
      const started = performance.now();
      const redacted = await open.redactor.redactText(source.text);
      const ms = performance.now() - started;
      if (showRaw) await recordAccess(open, source.title, redacted, context);
      return {
        title: source.title,
        raw: showRaw ? source.text : null,
        redacted: redacted.text,
        replacements: redacted.replacements.map((one) => ({
          ...one,
          place: source.placeOf(one.start),
        })),
        counts: redacted.counts,
        bytes: Buffer.byteLength(redacted.text),
        tokens: estimateTokens(redacted.text),
        cost: costOf(deps, open, redacted.text),
        ms,
      };
    },
    'protect.showPrompt': async ({ project, workflow, source, folder }, { caller }) => {
      if (project !== undefined) {
        return { prompts: await promptsOf(deps, await deps.projects.open(project), workflow) };
      }
      if (source === undefined) {
        throw new AkiosError('INPUT_INVALID', 'Give either a project or the text of a workflow.');
      }
      // Files outside a project are for the owner of the helper alone.
      const own = folder !== undefined && caller.role === 'admin' ? folder : null;
      return { prompts: await promptsOf(deps, placeOutside(deps, own), workflow, source) };
    },
    'protect.types': async () => ({
      items: TYPES.map(({ type, family, description, decidedBy, marker }) => ({
        type,
        family,
        description,
        decidedBy,
        marker,
      })),
    }),
  });
}

/** Files of the machine are for the owner of the helper alone; others bring the bytes. */
function mayOpen({ base64 }: { base64?: string | undefined }, { caller }: CallContext): void {
  if (base64 !== undefined || caller.role === 'admin') return;
  throw new AkiosError('FORBIDDEN', `The role ${caller.role} may not name files of the machine.`, {
    hint: 'Send the document itself as base64.',
  });
}

async function sourceOf(
  deps: Deps,
  project: OpenProject,
  document: string | undefined,
  text: string | undefined,
): Promise<{ title: string; text: string; placeOf(offset: number): Place }> {
  if ((document === undefined) === (text === undefined)) {
    throw new AkiosError('INPUT_INVALID', 'Give either a document or a text.');
  }
  if (text !== undefined) return { title: 'text', text, placeOf: placeFinder(text) };
  const path = document ?? '';
  const parsed = await readDocument(deps, project, path);
  const placeOf = placeFinder(parsed.text, parsed.sections, parsed.units);
  return { title: path, text: parsed.text, placeOf };
}

/** Who looked at unredacted text is part of the record; the text is not. */
async function recordAccess(
  project: OpenProject,
  title: string,
  redacted: Redacted,
  { caller }: CallContext,
): Promise<void> {
  await project.ledger.append({
    type: 'protect.raw-view',
    actor: actorOf(caller),
    subject: project.redactor.redact(title).text.slice(0, 200),
    pii: { direction: 'in', counts: redacted.counts },
  });
}

/** Null when the model of the project has no known price. */
function costOf({ prices }: Deps, { config }: OpenProject, text: string) {
  const provider = config.llm_provider ?? 'builtin';
  const model = config.llm_model ?? 'extractive';
  try {
    const price = prices.find(provider, model);
    const input = estimateTokens(text);
    const room = Math.max(0, config.max_tokens_per_call - input);
    return {
      likely: estimateCost(price, { input, output: Math.ceil(room / 2) }),
      high: estimateCost(price, { input, output: room }),
      model: `${provider}/${model}`,
    };
  } catch (error) {
    if (error instanceof AkiosError && error.code === 'PRICE_UNKNOWN') return null;
    throw error;
  }
}
