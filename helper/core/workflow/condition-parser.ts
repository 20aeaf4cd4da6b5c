import { AkiosError } from '../../../shared/domain/errors.ts';
import { CONDITION_LIMITS, type CompareOp, type Expr } from './condition-ast.ts';
import { type Token, tokenize } from './condition-lexer.ts';
import type { ReferenceRoot } from './reference.ts';

const STEP_WORD = /^step_(\d{1,4})_(output|status)$/;

/**
 * Parses a condition into a tree. The grammar is closed: no calls, no assignments, no names but
 * the listed variables, so nothing outside the run's outputs can be reached.
 *
 * or > and > not > comparison (chained) > + - > * / // % > unary - > access > literal
 * @throws AkiosError CONDITION_INVALID with the column
 */
export function parseCondition(source: string, item?: string): Expr {
  if (source.length > CONDITION_LIMITS.chars) {
    throw new AkiosError(
      'CONDITION_INVALID',
      `The condition has ${source.length} characters; at most ${CONDITION_LIMITS.chars} are allowed.`,
    );
  }
  return new ConditionParser(source, item).whole();
}

/** One pass over the tokens; lives for one call of `parseCondition`. */
class ConditionParser {
  private readonly tokens: Token[];
  private readonly item: string | undefined;
  private at = 0;
  private depth = 0;
  private nodes = 0;

  constructor(source: string, item: string | undefined) {
    this.tokens = tokenize(source);
    this.item = item;
  }

  whole(): Expr {
    const expr = this.choose();
    const rest = this.peek();
    if (rest.kind !== 'end') throw this.unexpected(rest);
    return expr;
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)] as Token;
  }

  private take(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  private accept(...texts: string[]): Token | null {
    const token = this.peek();
    if ((token.kind !== 'op' && token.kind !== 'word') || !texts.includes(token.text)) return null;
    this.at += 1;
    return token;
  }

  private expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(this.peek(), `"${text}"`);
  }

  private unexpected(token: Token, wanted?: string): AkiosError {
    const what = token.kind === 'end' ? 'the end' : JSON.stringify(token.text);
    return conditionError(
      `Did not expect ${what} here${wanted ? `; ${wanted} is missing` : ''}.`,
      token.at,
    );
  }

  private node<E extends Expr>(expr: E): E {
    this.nodes += 1;
    if (this.nodes > CONDITION_LIMITS.nodes) {
      throw conditionError('The condition is too large.', expr.at);
    }
    return expr;
  }

  private nested<T>(at: number, parse: () => T): T {
    this.depth += 1;
    if (this.depth > CONDITION_LIMITS.depth) {
      throw conditionError('The condition is nested too deeply.', at);
    }
    const result = parse();
    this.depth -= 1;
    return result;
  }

  private choose(): Expr {
    return this.nested(this.peek().at, () => {
      const then = this.or();
      const word = this.accept('if');
      if (!word) return then;
      const test = this.or();
      this.expect('else');
      return this.node({ t: 'choose', test, then, otherwise: this.choose(), at: word.at });
    });
  }

  private or(): Expr {
    let left = this.and();
    for (let op = this.accept('or'); op; op = this.accept('or')) {
      left = this.node({ t: 'or', left, right: this.and(), at: op.at });
    }
    return left;
  }

  private and(): Expr {
    let left = this.not();
    for (let op = this.accept('and'); op; op = this.accept('and')) {
      left = this.node({ t: 'and', left, right: this.not(), at: op.at });
    }
    return left;
  }

  private not(): Expr {
    const op = this.accept('not');
    if (!op) return this.comparison();
    return this.nested(op.at, () => this.node({ t: 'not', of: this.not(), at: op.at }));
  }

  private comparison(): Expr {
    const first = this.sum();
    const rest: { op: CompareOp; right: Expr }[] = [];
    const at = this.peek().at;
    for (let op = this.compareOp(); op; op = this.compareOp()) {
      rest.push({ op, right: this.sum() });
    }
    return rest.length === 0 ? first : this.node({ t: 'compare', first, rest, at });
  }

  private compareOp(): CompareOp | null {
    const token = this.peek();
    if (token.kind === 'word' && token.text === 'not' && this.peek(1).text === 'in') {
      this.at += 2;
      return 'not in';
    }
    const simple = this.accept('==', '!=', '>', '<', '>=', '<=', 'in', 'is');
    if (!simple) return null;
    if (simple.text === 'is' && this.accept('not')) return 'is not';
    return simple.text as CompareOp;
  }

  private sum(): Expr {
    let left = this.product();
    for (let op = this.accept('+', '-'); op; op = this.accept('+', '-')) {
      const right = this.product();
      left = this.node({ t: 'arithmetic', op: op.text as '+', left, right, at: op.at });
    }
    return left;
  }

  private product(): Expr {
    let left = this.unary();
    for (let op = this.accept('*', '/', '//', '%'); op; op = this.accept('*', '/', '//', '%')) {
      const right = this.unary();
      left = this.node({ t: 'arithmetic', op: op.text as '*', left, right, at: op.at });
    }
    return left;
  }

  private unary(): Expr {
    const minus = this.accept('-');
    if (minus) {
      return this.nested(minus.at, () =>
        this.node({ t: 'negate', of: this.unary(), at: minus.at }),
      );
    }
    return this.access(this.primary());
  }

  private access(start: Expr): Expr {
    let expr = start;
    for (;;) {
      const dot = this.accept('.');
      if (dot) {
        const word = this.take();
        if (word.kind !== 'word' || word.text.startsWith('_')) throw this.unexpected(word, 'a key');
        const key = this.node({ t: 'literal', value: word.text, at: word.at } as const);
        expr = this.node({ t: 'get', of: expr, key, at: dot.at });
        continue;
      }
      const bracket = this.accept('[');
      if (!bracket) return expr;
      expr = this.node({ t: 'get', of: expr, key: this.key(), at: bracket.at });
      this.expect(']');
    }
  }

  /** `[key]` with a bare word is that key, as in the form used in parameters. */
  private key(): Expr {
    const token = this.peek();
    if (token.kind === 'word' && this.peek(1).text === ']' && !this.rootOf(token.text)) {
      this.at += 1;
      return this.node({ t: 'literal', value: token.text, at: token.at });
    }
    return this.choose();
  }

  private primary(): Expr {
    const token = this.take();
    if (token.kind === 'number' || token.kind === 'string') {
      return this.node({ t: 'literal', value: token.value, at: token.at });
    }
    if (token.kind === 'word') return this.word(token);
    if (token.kind === 'op') {
      if (token.text === '(' || token.text === '{') {
        const inner = this.choose();
        this.expect(token.text === '(' ? ')' : '}');
        return inner;
      }
      if (token.text === '[') return this.list(token.at);
    }
    throw this.unexpected(token, 'a value');
  }

  private list(at: number): Expr {
    const items: Expr[] = [];
    while (!this.accept(']')) {
      if (items.length > 0) this.expect(',');
      if (this.accept(']')) break;
      items.push(this.choose());
    }
    return this.node({ t: 'list', items, at });
  }

  private word(token: Token): Expr {
    const literal = { true: true, True: true, false: false, False: false, null: null, None: null };
    if (Object.hasOwn(literal, token.text)) {
      const value = literal[token.text as keyof typeof literal];
      return this.node({ t: 'literal', value, at: token.at });
    }
    const root = token.text === 'steps' ? this.named() : this.rootOf(token.text);
    if (!root) {
      throw conditionError(`Unknown name ${JSON.stringify(token.text)}.`, token.at, {
        hint: 'Known: previous_output, status, step_N_output, step_N_status, steps.NAME.output, steps.NAME.status, context.KEY. Put text in quotes.',
      });
    }
    const source =
      root.kind === 'name' || (root.kind === 'status' && typeof root.step === 'string')
        ? `steps.${root.step}.${root.kind === 'name' ? 'output' : 'status'}`
        : token.text;
    return this.node({ t: 'reference', reference: { root, path: [], source }, at: token.at });
  }

  private named(): ReferenceRoot {
    let name: Token;
    if (this.accept('[')) {
      name = this.take();
      if (name.kind !== 'string') throw this.unexpected(name, 'a step name in quotes');
      this.expect(']');
    } else {
      this.expect('.');
      name = this.take();
      if (name.kind !== 'word') throw this.unexpected(name, 'a step name');
    }
    this.expect('.');
    const part = this.accept('output', 'status');
    if (!part) throw this.unexpected(this.peek(), '"output" or "status"');
    const step = name.kind === 'string' ? String(name.value) : name.text;
    return part.text === 'output' ? { kind: 'name', step } : { kind: 'status', step };
  }

  private rootOf(word: string): ReferenceRoot | null {
    if (word === 'previous_output') return { kind: 'previous' };
    if (word === 'status' || word === 'previous_status') return { kind: 'status', step: null };
    if (word === 'context') return { kind: 'context' };
    if (this.item !== undefined && word === this.item) return { kind: 'item', name: this.item };
    if (this.item !== undefined && word === `${this.item}_index`) {
      return { kind: 'item_index', name: this.item };
    }
    const numbered = STEP_WORD.exec(word);
    if (!numbered) return null;
    const step = Number(numbered[1]);
    return numbered[2] === 'output' ? { kind: 'number', step } : { kind: 'status', step };
  }
}

export function conditionError(
  message: string,
  at: number,
  extras: { hint?: string; details?: Record<string, string> } = {},
): AkiosError {
  return new AkiosError('CONDITION_INVALID', message, { where: `condition:${at}`, ...extras });
}
