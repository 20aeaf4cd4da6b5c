/**
 * Puts a counter into the source of a module: every turn of a loop, every call of a function and
 * every unit of a spread list counts as a step. Lines and names stay as they are.
 */
import { parseAst } from 'rolldown/parseAst';

interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** A pattern literal of a source file. */
export interface PatternLiteral {
  pattern: string;
  flags: string;
  line: number;
}

const LOOPS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'WhileStatement',
  'DoWhileStatement',
]);
const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    if (isNode(value)) walk(value, visit);
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item, visit);
  }
}

function parse(source: string): Node {
  const tree: unknown = parseAst(source, { lang: 'ts' });
  if (!isNode(tree)) throw new Error('the source has no syntax tree');
  return tree;
}

/** The source with its counter, `globalThis.growthSteps[0]`. */
export function instrument(source: string): string {
  const inserts: { at: number; text: string; order: number }[] = [];
  const around = (node: Node, before: string, after: string): void => {
    inserts.push({ at: node.start, text: before, order: node.start - node.end });
    inserts.push({ at: node.end, text: after, order: node.start - node.end });
  };
  const count = (body: Node): void => {
    if (body.type === 'BlockStatement' || body.type === 'FunctionBody')
      inserts.push({ at: body.start + 1, text: ' $steps[0]++; ', order: 0 });
    else if (body.type.endsWith('Statement')) around(body, '{ $steps[0]++; ', ' }');
    else around(body, '($steps[0]++, ', ')');
  };
  walk(parse(source), (node) => {
    if (LOOPS.has(node.type) || FUNCTIONS.has(node.type)) {
      if (isNode(node['body'])) count(node['body']);
      return;
    }
    // Of objects the fields are few.
    const list = node['elements'] ?? node['arguments'];
    if (!Array.isArray(list)) return;
    for (const item of list)
      if (isNode(item) && item.type === 'SpreadElement' && isNode(item['argument']))
        around(item['argument'], '$spread(', ')');
  });
  inserts.sort((a, b) => a.at - b.at || a.order - b.order);
  let out = 'const $steps = globalThis.growthSteps, $spread = globalThis.growthSpread; ';
  let at = 0;
  for (const insert of inserts) {
    out += source.slice(at, insert.at) + insert.text;
    at = insert.at;
  }
  return out + source.slice(at);
}

/** All pattern literals of a source file. */
export function patternsOf(source: string): PatternLiteral[] {
  const found: PatternLiteral[] = [];
  walk(parse(source), (node) => {
    const regex = node['regex'] as { pattern: string; flags: string } | undefined;
    if (node.type !== 'Literal' || regex === undefined) return;
    const line = source.slice(0, node.start).split('\n').length;
    found.push({ pattern: regex.pattern, flags: regex.flags, line });
  });
  return found;
}
