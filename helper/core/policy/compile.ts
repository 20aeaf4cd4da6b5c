import type { GateKind } from '../../../shared/domain/states.ts';
import type { Config, PolicyRuleSource } from '../config/fields.ts';
import { neverRules, settingRules } from './builtin.ts';
import type { Policy, PolicyRequest, Rule } from './model.ts';
import { pathGlob } from './targets.ts';

export interface PolicyInput {
  config: Config;
  /** `file:line:col` of each setting that was given. */
  origins: Readonly<Record<string, string>>;
  ruleOrigins: readonly string[];
  /** Rules of an organisation or of an agent file, compiled by their owner. */
  extra?: readonly Rule[];
}

/** All rules of a project: built in, from its settings, and its own. */
export function compilePolicy(input: PolicyInput): Policy {
  const origin = (key: string): string => input.origins[key] ?? `default of ${key}`;
  const own = input.config.rules.map((rule, i) =>
    projectRule(rule, input.ruleOrigins[i] ?? 'config.yaml'),
  );
  const { config } = input;
  return {
    rules: [...neverRules(), ...settingRules(config, origin), ...own, ...(input.extra ?? [])],
    id: 'project',
    version: '1',
    source: JSON.stringify({
      builtin: 1,
      network: [
        config.network_access_allowed,
        config.allowed_domains,
        config.allow_private_addresses,
      ],
      commands: config.allowed_commands,
      models: [config.allowed_providers ?? null, config.allowed_models, config.local_only],
      ask: config.ask_irreversible,
      rules: config.rules,
      extra: (input.extra ?? []).map((r) => [r.id, r.effect, r.gate, r.reason]),
    }),
  };
}

function projectRule(source: PolicyRuleSource, where: string): Rule {
  const matches = matcher(source);
  return {
    id: source.id,
    effect: source.effect,
    gate: source.gate,
    ...(source.actions ? { actions: source.actions } : {}),
    matches,
    reason: source.reason ?? `Rule ${source.id} of this project.`,
    where,
  };
}

/**
 * Rules that restrict compare without regard to case and cover what lies below a named folder;
 * rules that allow are exact, so that a spelling can only ever lose permission.
 */
function matcher(source: PolicyRuleSource): (request: PolicyRequest) => boolean {
  const restricts = source.effect !== 'allow';
  if (source.target === '*') return () => true;
  const glob = pathGlob(source.target, { ignoreCase: restricts, below: restricts });
  const text = restricts ? source.target.toLowerCase() : source.target;
  const same = (value: string): boolean => (restricts ? value.toLowerCase() : value) === text;
  const tests: Record<GateKind, (target: string) => boolean> = {
    fs: glob,
    net: (target) => same(target) || same(target.replace(/:\d+$/, '')),
    exec: (target) =>
      same(target) || (restricts && same(target.replace(/^.*\//, ''))) || glob(target),
    tool: (target) => same(target) || glob(target),
    llm: (target) => same(target) || same(target.replace(/\/.*$/, '')) || glob(target),
    secret: (target) => same(target) || glob(target),
  };
  return (request) => tests[request.gate](request.target);
}
