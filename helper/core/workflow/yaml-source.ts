import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  parseDocument,
} from 'yaml';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json } from '../../../shared/domain/json.ts';
import { WORKFLOW_LIMITS } from './model.ts';

/** A YAML text as plain data, with the place of every key and value. */
export interface YamlSource {
  data: Json;
  /** `file:line:col` of the value at `path`, or of its key; of the nearest parent when absent. */
  where(path: readonly (string | number)[], part?: 'key' | 'value'): string;
  placeOf(path: readonly (string | number)[]): { line: number; col: number };
}

/**
 * Reads one YAML 1.2 document strictly: no tags, no duplicate keys, text keys only, bounded size,
 * depth, aliases and expanded nodes.
 * @throws AkiosError WORKFLOW_INVALID or TOO_LARGE with `file:line:col`
 */
export function readYaml(source: string, file: string): YamlSource {
  refuseLarge(source, file);
  refuseHostileShape(source, file);
  const lines = new LineCounter();
  const document = parseDocument(source, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw invalid(file, lines.linePos(problem.pos[0]), yamlReason(problem));
  const reader = new TreeReader(document, (offset, reason) =>
    invalid(file, lines.linePos(offset), reason),
  );
  const data = reader.read(document.contents, 0);
  const placeOf = (path: readonly (string | number)[], part: 'key' | 'value' = 'value') =>
    lines.linePos(offsetOf(document, path, part));
  return {
    data,
    placeOf,
    where: (path, part) => {
      const { line, col } = placeOf(path, part);
      return `${file}:${line}:${col}`;
    },
  };
}

/** Names the place where the bound is passed; nothing behind it is looked at. */
function refuseLarge(source: string, file: string): void {
  const { sourceBytes } = WORKFLOW_LIMITS;
  if (source.length * 3 <= sourceBytes) return;
  let line = 1;
  let lineStart = 0;
  let bytes = 0;
  for (let i = 0; i < source.length; i += 1) {
    const unit = source.charCodeAt(i);
    // Each half of a pair counts two: four bytes together.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
    if (bytes > sourceBytes) {
      throw new AkiosError('TOO_LARGE', 'The file is larger than 1 MiB (1,048,576 bytes).', {
        where: `${file}:${line}:${i - lineStart + 1}`,
        hint: 'The place is where the bound is passed. A workflow names its documents by path; it does not hold them.',
      });
    }
    if (unit === 0x0a) {
      line += 1;
      lineStart = i + 1;
    }
  }
}

function invalid(file: string, pos: { line: number; col: number }, reason: string): AkiosError {
  return new AkiosError('WORKFLOW_INVALID', reason, {
    where: `${file}:${pos.line}:${pos.col}`,
    hint: 'See docs/workflow.schema.json; editors that know it complete and check the file.',
  });
}

function yamlReason(problem: { code: string; message: string }): string {
  if (problem.code === 'DUPLICATE_KEY') return 'The same key is given twice.';
  if (problem.code === 'MULTIPLE_DOCS') return 'The file holds more than one document.';
  if (problem.code === 'NON_STRING_KEY') return 'Keys must be plain text.';
  return `Not YAML: ${problem.message.split('\n')[0]}`;
}

/** The composer is recursive and slow: depth and size are bounded on the token stream before it runs. */
function refuseHostileShape(source: string, file: string): void {
  const parser = new Parser();
  let depth = 0;
  let tokens = 0;
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) void token;
    tokens += 1;
    if (tokens > WORKFLOW_LIMITS.tokens) {
      throw invalid(file, { line: 1, col: 1 }, 'The file holds too many values.');
    }
    if (parser.stack.length !== depth) {
      depth = parser.stack.length;
      const nested = parser.stack.filter(
        (t) => t.type === 'block-map' || t.type === 'block-seq' || t.type === 'flow-collection',
      ).length;
      if (nested > WORKFLOW_LIMITS.depth) {
        const before = source.slice(0, parser.offset).split('\n');
        throw invalid(
          file,
          { line: before.length, col: (before.at(-1)?.length ?? 0) + 1 },
          `Nested more than ${WORKFLOW_LIMITS.depth} deep.`,
        );
      }
    }
  }
}

/** Turns nodes into data; counts every node again each time an alias repeats it. */
class TreeReader {
  private readonly document: Document;
  private readonly fail: (offset: number, reason: string) => AkiosError;
  private nodes = 0;
  private aliases = 0;

  constructor(document: Document, fail: (offset: number, reason: string) => AkiosError) {
    this.document = document;
    this.fail = fail;
  }

  read(node: unknown, depth: number): Json {
    if (node === null || node === undefined) return null;
    const at = (node as Node).range?.[0] ?? 0;
    this.nodes += 1;
    if (this.nodes > WORKFLOW_LIMITS.nodes) throw this.fail(at, 'The file holds too many values.');
    if (depth > WORKFLOW_LIMITS.depth) {
      throw this.fail(at, `Nested more than ${WORKFLOW_LIMITS.depth} deep.`);
    }
    if (isAlias(node)) {
      this.aliases += 1;
      if (this.aliases > WORKFLOW_LIMITS.aliases) throw this.fail(at, 'Too many aliases.');
      return this.read(node.resolve(this.document), depth + 1);
    }
    const tag = (node as Node & { tag?: string }).tag;
    if (tag !== undefined && !tag.startsWith('tag:yaml.org,2002:')) {
      throw this.fail(at, `Tags are not allowed: ${tag.slice(0, 40)}.`);
    }
    if (isScalar(node)) return this.scalar(node.value, at);
    if (isSeq(node)) return node.items.map((item) => this.read(item, depth + 1));
    if (isMap(node)) return this.map(node.items, depth, at);
    throw this.fail(at, 'This kind of YAML value is not allowed.');
  }

  private map(items: readonly unknown[], depth: number, at: number): Json {
    const entries: [string, Json][] = [];
    for (const pair of items) {
      const key = isPair(pair) && isScalar(pair.key) ? pair.key : null;
      if (!isPair(pair) || key === null || typeof key.value !== 'string') {
        throw this.fail(at, 'Keys must be plain text.');
      }
      if (key.value === '__proto__')
        throw this.fail(key.range?.[0] ?? at, 'This key is not allowed.');
      entries.push([key.value, this.read(pair.value, depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  private scalar(value: unknown, at: number): Json {
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw this.fail(at, 'Numbers must be finite.');
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw this.fail(at, 'The number is too large to be exact; put it in quotes.');
      }
      return value;
    }
    if (typeof value === 'string') {
      if (value.length > WORKFLOW_LIMITS.stringChars) throw this.fail(at, 'The text is too long.');
      return value;
    }
    if (value === null || typeof value === 'boolean') return value;
    throw this.fail(at, 'This kind of YAML value is not allowed.');
  }
}

function offsetOf(
  document: Document,
  path: readonly (string | number)[],
  part: 'key' | 'value',
): number {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((p) => isScalar(p.key) && p.key.value === String(step));
      if (!pair) return offset;
      const key = (pair.key as Node | null)?.range?.[0] ?? offset;
      node = pair.value;
      const last = i === path.length - 1;
      offset = last && part === 'key' ? key : ((node as Node | null)?.range?.[0] ?? key);
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!node) return offset;
      offset = (node as Node).range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
