import type { Decision } from '../../../shared/domain/states.ts';
import type { Policy, PolicyRequest, Rule, RuleEffect, Verdict } from './model.ts';
import { targetProblem } from './targets.ts';

/** Strongest first: an organisation's never, then deny, ask, allow; nothing matching is a deny. */
const ORDER: readonly RuleEffect[] = ['never', 'deny', 'ask', 'allow'];
const DECISION: Readonly<Record<RuleEffect, Decision>> = {
  never: 'deny',
  deny: 'deny',
  ask: 'ask',
  allow: 'allow',
};

/**
 * Decides one request. Pure: the order of the rules never matters, and a rule that cannot be
 * evaluated counts as a deny.
 */
export function decide(policy: Policy, request: PolicyRequest): Verdict {
  const form = [request.target, ...(request.otherNames ?? [])]
    .map((name) => targetProblem(request.gate, name))
    .find((problem) => problem !== null);
  if (form) {
    return {
      decision: 'deny',
      rule: 'builtin.target-form',
      where: 'built in',
      reason: form,
    };
  }
  const matching = policy.rules.filter((rule) => applies(rule, request));
  for (const effect of ORDER) {
    const found = matching
      .filter((rule) => rule.effect === effect)
      .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))[0];
    if (found) {
      return {
        decision: DECISION[effect],
        rule: found.id,
        where: found.where,
        reason: found.reason,
      };
    }
  }
  return {
    decision: 'deny',
    rule: 'builtin.default-deny',
    where: 'built in',
    reason: `No rule allows ${request.gate}.${request.action} on this target.`,
  };
}

function applies(rule: Rule, request: PolicyRequest): boolean {
  if (rule.gate !== 'any' && rule.gate !== request.gate) return false;
  if (rule.actions && !rule.actions.includes(request.action)) return false;
  if (rule.matches(request)) return true;
  // A restriction may not depend on which of its names a thing is called by.
  if (rule.effect === 'allow') return false;
  return (request.otherNames ?? []).some((name) => rule.matches({ ...request, target: name }));
}
