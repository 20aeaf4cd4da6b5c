import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import type { Scope } from './model.ts';
import { type Reference, type ReferenceRoot, resolveReference, textOfValue } from './reference.ts';

/** One piece of a template: literal text, or a reference. */
export type Segment = { text: string } | { reference: Reference; at: number };

/** Characters a single filled-in string may reach. */
export const MAX_FILLED_CHARS = 10_485_760;

const HEAD =
  /\{(?:(previous_output)|(previous_status)|step_(\d{1,4})_(output|status)|steps\.([A-Za-z_][A-Za-z0-9_-]{0,63})\.(output|status)|steps\[(?:'([^'\]\n]{1,120})'|"([^"\]\n]{1,120})")\]\.(output|status)|([A-Za-z_][A-Za-z0-9_]{0,63}))/y;
const ACCESS =
  /\.([A-Za-z_][A-Za-z0-9_-]{0,63})|\[(?:'([^'\]\n]{1,120})'|"([^"\]\n]{1,120})"|([A-Za-z0-9_-]{1,64}))\]/y;
/** Text that was surely meant as a reference: a typing mistake must not pass as literal text. */
const INTENDED = /\{(?:previous_(?:output|status)|step_\d+_|steps[.[])/y;

/**
 * Splits a template. Exact references only: other braces (JSON, code) stay as they are, and a
 * backslash directly before a reference makes it literal (one backslash is dropped).
 * @param item name of the `for_each` item, when there is one
 * @throws AkiosError WORKFLOW_INVALID for what begins as a reference and is not one
 */
export function splitTemplate(template: string, item?: string): Segment[] {
  const segments: Segment[] = [];
  let literal = '';
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    if (open < 0) break;
    const hit = referenceAt(template, open, item);
    if (!hit) {
      literal += template.slice(at, open);
      INTENDED.lastIndex = open;
      if (literal.endsWith('\\') && INTENDED.test(template)) literal = literal.slice(0, -1);
      literal += '{';
      at = open + 1;
      continue;
    }
    literal += template.slice(at, open);
    if (literal.endsWith('\\')) {
      literal = `${literal.slice(0, -1)}${template.slice(open, hit.end)}`;
    } else {
      if (literal) segments.push({ text: literal });
      literal = '';
      segments.push({ reference: hit.reference, at: open });
    }
    at = hit.end;
  }
  literal += template.slice(at);
  if (literal) segments.push({ text: literal });
  return segments;
}

function referenceAt(
  template: string,
  open: number,
  item: string | undefined,
): { reference: Reference; end: number } | null {
  HEAD.lastIndex = open;
  const head = HEAD.exec(template);
  const root = head ? rootOf(head, item) : null;
  if (head && root) {
    const path: (string | number)[] = [];
    let end = open + head[0].length;
    for (;;) {
      ACCESS.lastIndex = end;
      const access = ACCESS.exec(template);
      if (!access) break;
      const key = access[1] ?? access[2] ?? access[3] ?? access[4] ?? '';
      path.push(access[4] !== undefined && /^\d{1,7}$/.test(key) ? Number(key) : key);
      end += access[0].length;
    }
    const bare = root.kind === 'context' && path.length === 0;
    if (template[end] === '}' && !bare && (root.kind !== 'status' || path.length === 0)) {
      return { reference: { root, path, source: template.slice(open + 1, end) }, end: end + 1 };
    }
  }
  INTENDED.lastIndex = open;
  if (INTENDED.test(template) && template[open - 1] !== '\\') {
    throw new AkiosError(
      'WORKFLOW_INVALID',
      `Not a complete reference: ${JSON.stringify(template.slice(open, open + 60))}.`,
      {
        hint: 'Write {previous_output}, {step_N_output}, {step_N_output[key]} or {steps.name.output.key}; put a backslash before the brace for literal text.',
      },
    );
  }
  return null;
}

function rootOf(head: RegExpExecArray, item: string | undefined): ReferenceRoot | null {
  if (head[1]) return { kind: 'previous' };
  if (head[2]) return { kind: 'status', step: null };
  if (head[3]) {
    const step = Number(head[3]);
    return head[4] === 'status' ? { kind: 'status', step } : { kind: 'number', step };
  }
  const name = head[5] ?? head[7] ?? head[8];
  if (name !== undefined) {
    const status = (head[6] ?? head[9]) === 'status';
    return status ? { kind: 'status', step: name } : { kind: 'name', step: name };
  }
  const word = head[10];
  if (word === 'context') return { kind: 'context' };
  if (item !== undefined && word === item) return { kind: 'item', name: item };
  if (item !== undefined && word === `${item}_index`) return { kind: 'item_index', name: item };
  return null;
}

/** Makes `text` stand for itself inside a template: references in it become literal. */
export function escapeReferences(text: string, item?: string): string {
  let out = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('{', at);
    if (open < 0) return out + text.slice(at);
    INTENDED.lastIndex = open;
    const needs = INTENDED.test(text) || referenceAt(text, open, item) !== null;
    out += `${text.slice(at, open)}${needs ? '\\' : ''}{`;
    at = open + 1;
  }
}

export interface PlacedReference {
  reference: Reference;
  /** Keys and positions down to the string that holds it. */
  path: (string | number)[];
}

/**
 * All references of a JSON value with their places; keys are never filled in.
 * @throws AkiosError WORKFLOW_INVALID for half a reference
 */
export function placedReferences(value: Json, item?: string): PlacedReference[] {
  return stringsOf(value).flatMap(({ text, path }) =>
    splitTemplate(text, item).flatMap((s) =>
      'reference' in s ? [{ reference: s.reference, path }] : [],
    ),
  );
}

export function referencesOf(value: Json, item?: string): Reference[] {
  return placedReferences(value, item).map(({ reference }) => reference);
}

/** Every string of a JSON value with its place. */
export function stringsOf(value: Json): { text: string; path: (string | number)[] }[] {
  if (typeof value === 'string') return [{ text: value, path: [] }];
  if (value === null || typeof value !== 'object') return [];
  const inner: [string | number, Json][] = Array.isArray(value)
    ? value.map((v, i) => [i, v])
    : Object.entries(value);
  return inner.flatMap(([key, v]) =>
    stringsOf(v).map(({ text, path }) => ({ text, path: [key, ...path] })),
  );
}

/**
 * Fills one string. Inserted text is data: it is never searched for references.
 * @throws AkiosError STEP_FAILED for a missing value, TOO_LARGE past `MAX_FILLED_CHARS`
 */
export function fillText(template: string, scope: Scope): string {
  let out = '';
  for (const segment of splitTemplate(template, scope.item?.name)) {
    out +=
      'text' in segment ? segment.text : textOfValue(resolveReference(segment.reference, scope));
    if (out.length > MAX_FILLED_CHARS) {
      throw new AkiosError(
        'TOO_LARGE',
        'A parameter grew past 10 MB when its references were filled in.',
        {
          hint: 'Pass a key of the output instead of all of it, or work on the file in parts.',
        },
      );
    }
  }
  return out;
}

/** Fills every string of a JSON object; the shape and the keys stay. */
export function interpolate(value: JsonObject, scope: Scope): JsonObject {
  return fillJson(value, scope) as JsonObject;
}

function fillJson(value: Json, scope: Scope): Json {
  if (typeof value === 'string') return fillText(value, scope);
  if (Array.isArray(value)) return value.map((v) => fillJson(v, scope));
  if (value === null || typeof value !== 'object') return value;
  const filled: [string, Json][] = Object.entries(value).map(([k, v]) => [k, fillJson(v, scope)]);
  return Object.fromEntries(filled);
}

/**
 * The list a `for_each` works on: a fixed list, or the list one reference names. Text with one
 * item a line is split at line ends.
 * @throws AkiosError STEP_FAILED when it is no list or has more than `max` items
 */
export function forEachItems(items: Json[] | string, max: number, scope: Scope): Json[] {
  const list =
    typeof items === 'string' ? listOf(items, scope) : items.map((v) => fillJson(v, scope));
  if (list.length > max) {
    throw new AkiosError('STEP_FAILED', `for_each got ${list.length} items; its bound is ${max}.`, {
      hint: 'Raise `max` (at most 1000) or pass fewer items.',
    });
  }
  return list;
}

function listOf(template: string, scope: Scope): Json[] {
  const [only, ...rest] = splitTemplate(template, scope.item?.name);
  const value =
    only && 'reference' in only && rest.length === 0
      ? resolveReference(only.reference, scope)
      : null;
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return value.split(/\r?\n/).filter((line) => line.trim() !== '');
  throw new AkiosError('STEP_FAILED', 'for_each needs a list, or text with one item a line.', {
    hint: 'Write items: [a, b] or items: "{step_1_output[entries]}".',
  });
}
