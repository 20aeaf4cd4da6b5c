import type { JsonObject } from '../../../shared/domain/json.ts';
import { nearest } from '../../../shared/domain/nearest.ts';
import { parseCondition } from './condition-parser.ts';
import { type AllowedEnv, substituteEnv, substituteJson } from './environment.ts';
import { retryOf, seconds } from './fields.ts';
import type { PlacedStep } from './graph.ts';
import { referencesOf, splitTemplate, stringsOf } from './interpolate.ts';
import type { ApproveRule, Step } from './model.ts';
import { flatten, type Numbered, numberSteps } from './numbering.ts';
import type { FieldPath, Problems } from './problems.ts';
import type { StepSource } from './schema.ts';
import type { YamlSource } from './yaml-source.ts';

/** Actions and aliases of each known agent. */
export type AgentCatalog = Readonly<Record<string, readonly string[]>>;

export interface BuildOptions {
  /** Null when no project is known: variables cannot be judged. */
  env: AllowedEnv | null;
  catalog: AgentCatalog;
}

const DEFAULT_STEP_TIMEOUT_MS = 300_000;
const DEFAULT_APPROVE_TIMEOUT_MS = 600_000;

/** What children take over from the group that holds them. */
interface Inherited {
  group: number | null;
  dependsOn: number[];
  condition: string | null;
  onError: 'skip' | 'fail' | 'retry' | null;
  timeoutMs: number | null;
}

/** Turns the checked file form into the flat graph of steps. Problems are collected, not thrown. */
export function buildSteps(
  sources: readonly StepSource[],
  yaml: YamlSource,
  problems: Problems,
  options: BuildOptions,
): PlacedStep[] {
  const tree = numberSteps(sources, problems);
  const all = flatten(tree);
  const byName = new Map<string, number>();
  for (const node of all) {
    if (byName.has(node.name)) {
      problems.add([...node.path, 'name'], `the name "${node.name}" is used twice`);
    }
    byName.set(node.name, node.index);
  }
  const builder = new StepBuilder(
    yaml,
    problems,
    options,
    byName,
    new Set(all.map((n) => n.index)),
  );
  builder.list(tree, {
    group: null,
    dependsOn: [],
    condition: null,
    onError: null,
    timeoutMs: null,
  });
  return builder.placed;
}

class StepBuilder {
  readonly placed: PlacedStep[] = [];
  private readonly yaml: YamlSource;
  private readonly problems: Problems;
  private readonly options: BuildOptions;
  private readonly byName: ReadonlyMap<string, number>;
  private readonly numbers: ReadonlySet<number>;

  constructor(
    yaml: YamlSource,
    problems: Problems,
    options: BuildOptions,
    byName: ReadonlyMap<string, number>,
    numbers: ReadonlySet<number>,
  ) {
    this.yaml = yaml;
    this.problems = problems;
    this.options = options;
    this.byName = byName;
    this.numbers = numbers;
  }

  /** A list at the top runs in order; the children of a group start together. */
  list(nodes: readonly Numbered[], inherited: Inherited): void {
    let before: number[] = inherited.dependsOn;
    for (const node of nodes) {
      const declared = this.dependencies(node);
      const dependsOn = declared ? [...new Set([...declared, ...inherited.dependsOn])] : before;
      this.step(node, { ...inherited, dependsOn });
      if (inherited.group === null) before = [node.index];
    }
  }

  private dependencies(node: Numbered): number[] | null {
    const given = node.source.depends_on;
    if (given === undefined) return null;
    const path = [...node.path, 'depends_on'];
    return (Array.isArray(given) ? given : [given]).flatMap((wanted) => {
      const index = typeof wanted === 'number' ? wanted : this.byName.get(wanted);
      if (index !== undefined && this.numbers.has(index)) return [index];
      const close = nearest(String(wanted), [...this.byName.keys()]);
      const hint = close ? `Did you mean "${close}"?` : undefined;
      this.problems.add(path, `${node.name} waits for "${wanted}", which does not exist`, hint);
      return [];
    });
  }

  private step(node: Numbered, inherited: Inherited): void {
    const { source, path } = node;
    const kinds = [
      source.agent !== undefined || source.action !== undefined ? 'agent and action' : '',
      source.parallel !== undefined ? 'parallel' : '',
      source.workflow !== undefined ? 'workflow' : '',
    ].filter(Boolean);
    if (kinds.length > 1) {
      this.problems.add(path, `a step has either ${kinds.join(' or ')}, not both`);
      return;
    }
    const common = this.common(node, inherited);
    if (source.parallel) this.parallel(node, inherited, common);
    else if (source.workflow !== undefined) this.subWorkflow(node, common);
    else if (kinds.length === 1) this.action(node, common);
    else if (source.approve !== undefined) this.approval(node, common);
    else {
      this.problems.add(
        path,
        'a step needs agent and action, or parallel, workflow or approve',
        'For example: agent: filesystem, action: read.',
      );
    }
  }

  private common(node: Numbered, inherited: Inherited) {
    const { source, path } = node;
    const retry = retryOf(source);
    const timeout = source.timeout === undefined ? inherited.timeoutMs : seconds(source.timeout);
    if (source.retry && source.retries !== undefined) {
      this.problems.add([...path, 'retries'], 'give either retry or retries');
    }
    return {
      index: node.index,
      name: node.name,
      dependsOn: inherited.dependsOn,
      group: inherited.group,
      condition: this.condition(node, inherited.condition),
      onError: source.on_error ?? inherited.onError ?? (retry ? 'retry' : 'fail'),
      retry,
      timeoutMs: timeout ?? DEFAULT_STEP_TIMEOUT_MS,
      at: this.yaml.placeOf(path),
    } as const;
  }

  private condition(node: Numbered, outer: string | null): string | null {
    const own = node.source.condition ?? null;
    const path = [...node.path, 'condition'];
    if (own !== null && this.problems.guard(path, () => parseCondition(own)) === null) return null;
    if (own === null || outer === null) return own ?? outer;
    const both = `(${outer}) and (${own})`;
    return this.problems.guard(path, () => parseCondition(both)) === null ? null : both;
  }

  private parallel(
    node: Numbered,
    inherited: Inherited,
    common: ReturnType<StepBuilder['common']>,
  ) {
    this.refuse(node, [
      'for_each',
      'approve',
      'compensate',
      'parameters',
      'config',
      'retry',
      'retries',
    ]);
    const at = this.placed.length;
    this.list(node.children, {
      group: node.index,
      dependsOn: inherited.dependsOn,
      condition: common.condition,
      onError: node.source.on_error ?? inherited.onError,
      timeoutMs: node.source.timeout === undefined ? inherited.timeoutMs : common.timeoutMs,
    });
    const children = node.children.map((child) => child.index);
    const step: Step = {
      ...common,
      kind: 'parallel',
      condition: null,
      retry: null,
      dependsOn: children,
      children,
      maxParallel: node.source.max_parallel ?? Math.min(4, children.length),
    };
    this.placed.splice(at, 0, { step, path: node.path });
  }

  private subWorkflow(node: Numbered, common: ReturnType<StepBuilder['common']>): void {
    this.refuse(node, ['for_each', 'compensate', 'config', 'idempotency_key', 'max_parallel']);
    const path = node.source.workflow ?? '';
    const plain = /^[^\\\p{Cc}]+\.ya?ml$/u.test(path) && !path.startsWith('/');
    if (!plain || path.split('/').some((part) => part === '..' || part === '')) {
      this.problems.add(
        [...node.path, 'workflow'],
        'must be a .yml or .yaml file inside the project',
        'For example workflows/intake.yml, without "..".',
      );
    }
    const parameters = this.values(node, 'parameters');
    const approve = this.approve(node);
    this.placed.push({
      step: { ...common, kind: 'workflow', path, parameters, approve },
      path: node.path,
    });
  }

  private approval(node: Numbered, common: ReturnType<StepBuilder['common']>): void {
    this.refuse(node, [
      'for_each',
      'compensate',
      'parameters',
      'config',
      'retry',
      'retries',
      'idempotency_key',
      'max_parallel',
    ]);
    const approve = this.approve(node) as ApproveRule;
    this.placed.push({ step: { ...common, kind: 'approval', approve }, path: node.path });
  }

  private action(node: Numbered, common: ReturnType<StepBuilder['common']>): void {
    const { source, path } = node;
    this.refuse(node, ['max_parallel']);
    const [agent, action] = [source.agent ?? '', source.action ?? ''];
    if (source.agent === undefined) this.problems.add(path, 'agent: is missing');
    if (source.action === undefined) this.problems.add(path, 'action: is missing');
    if (agent && action) this.known(path, agent, action);
    const each = source.for_each;
    const item = each ? (each.as ?? 'item') : undefined;
    const compensate = source.compensate;
    if (compensate) this.known([...path, 'compensate'], compensate.agent, compensate.action);
    const step: Step = {
      ...common,
      kind: 'action',
      agent,
      action,
      parameters: this.values(node, 'parameters', item),
      config: this.values(node, 'config', item),
      forEach: each
        ? {
            items: each.items,
            as: each.as ?? 'item',
            max: each.max ?? 100,
            concurrency: each.concurrency ?? 1,
          }
        : null,
      approve: this.approve(node, item),
      compensate: compensate
        ? {
            agent: compensate.agent,
            action: compensate.action,
            parameters: this.filled(
              [...path, 'compensate', 'parameters'],
              compensate.parameters,
              item,
            ),
            config: this.filled([...path, 'compensate', 'config'], compensate.config, item),
          }
        : null,
      idempotencyKey: source.idempotency_key ?? null,
    };
    this.literals(step, path, item);
    this.placed.push({ step, path });
  }

  /** Templates that sit outside parameters are read here, so that the reference check cannot throw. */
  private literals(
    step: Step & { kind: 'action' },
    path: FieldPath,
    item: string | undefined,
  ): void {
    const { forEach, idempotencyKey } = step;
    if (
      forEach &&
      this.problems.guard([...path, 'for_each', 'items'], () => referencesOf(forEach.items)) ===
        null
    ) {
      forEach.items = [];
    }
    if (idempotencyKey === null) return;
    const key = [...path, 'idempotency_key'];
    if (this.problems.guard(key, () => referencesOf(idempotencyKey, item)) === null) {
      step.idempotencyKey = null;
    }
  }

  private known(path: FieldPath, agent: string, action: string): void {
    const { catalog } = this.options;
    if (!Object.hasOwn(catalog, agent)) {
      const close = nearest(agent, Object.keys(catalog));
      this.problems.add(
        [...path, 'agent'],
        `unknown agent "${agent}"`,
        close ? `Did you mean "${close}"?` : `Agents: ${Object.keys(catalog).join(', ')}.`,
      );
      return;
    }
    const actions = catalog[agent] ?? [];
    if (actions.includes(action)) return;
    const close = nearest(action, actions);
    this.problems.add(
      [...path, 'action'],
      `${agent} has no action "${action}"`,
      close ? `Did you mean "${close}"?` : `Actions: ${actions.join(', ')}.`,
    );
  }

  private values(node: Numbered, key: 'parameters' | 'config', item?: string): JsonObject {
    return this.filled([...node.path, key], node.source[key], item);
  }

  private filled(path: FieldPath, value: unknown, item: string | undefined): JsonObject {
    const given = (value ?? {}) as JsonObject;
    const warn = (message: string) => this.problems.warn(path, message);
    for (const inner of stringsOf(given)) {
      const place = [...path, ...inner.path];
      const ok = this.problems.guard(place, () => splitTemplate(inner.text, item));
      if (ok === null) return {};
    }
    const filled = this.problems.guard(path, () => {
      const result = substituteJson(given, (text, secret) =>
        substituteEnv(text, this.options.env, item, warn, secret),
      );
      referencesOf(result, item);
      return result;
    });
    return filled ?? {};
  }

  private approve(node: Numbered, item?: string): ApproveRule | null {
    const given = node.source.approve;
    if (given === undefined) return null;
    const rule = typeof given === 'object' ? given : { message: given === true ? null : given };
    const message = rule.message ?? `May the step "${node.name}" go on?`;
    const ok = this.problems.guard([...node.path, 'approve'], () => referencesOf(message, item));
    const timeout = 'timeout' in rule ? rule.timeout : undefined;
    return {
      message: ok === null ? '' : message,
      timeoutMs: timeout === undefined ? DEFAULT_APPROVE_TIMEOUT_MS : seconds(timeout),
    };
  }

  private refuse(node: Numbered, keys: readonly (keyof StepSource)[]): void {
    for (const key of keys) {
      if (node.source[key] === undefined || node.source[key] === null) continue;
      this.problems.add(
        [...node.path, key],
        'has no meaning in this kind of step',
        undefined,
        'key',
      );
    }
  }
}
