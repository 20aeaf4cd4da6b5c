import { AkiosError } from '../../shared/domain/errors.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { nearest } from '../../shared/domain/nearest.ts';
import type { ActionStep } from '../core/workflow/model.ts';
import type { Agent, AgentAction } from './port.ts';

/** The agents of one helper by name, with their actions and aliases. */
export interface AgentRegistry {
  agents: readonly Agent[];
  /** Agent name to actions and aliases: what `parseWorkflow` checks steps against. */
  catalog: Readonly<Record<string, readonly string[]>>;
  /** @throws AkiosError INPUT_INVALID with the nearest name */
  action(agent: string, action: string): AgentAction;
}

/** Collects agents. Two agents or actions of one name are a fault of the program, not of a user. */
export function createRegistry(agents: readonly Agent[]): AgentRegistry {
  const byName = new Map<string, Map<string, AgentAction>>();
  for (const agent of agents) {
    if (byName.has(agent.name)) throw new Error(`Two agents are named ${agent.name}.`);
    const actions = new Map<string, AgentAction>();
    for (const action of agent.actions) {
      for (const name of [action.name, ...action.aliases]) {
        if (actions.has(name)) throw new Error(`${agent.name} has two actions named ${name}.`);
        actions.set(name, action);
      }
    }
    byName.set(agent.name, actions);
  }
  return {
    agents,
    catalog: Object.fromEntries([...byName].map(([name, actions]) => [name, [...actions.keys()]])),
    action: (agent, action) => {
      const actions = byName.get(agent);
      if (!actions) throw unknown(`agent "${agent}"`, agent, [...byName.keys()]);
      const found = actions.get(action);
      if (!found) throw unknown(`action "${action}" of ${agent}`, action, [...actions.keys()]);
      return found;
    },
  };
}

function unknown(what: string, word: string, known: readonly string[]): AkiosError {
  const close = nearest(word, known);
  return new AkiosError('INPUT_INVALID', `There is no ${what}.`, {
    hint: close ? `Did you mean "${close}"?` : `Known: ${known.join(', ')}.`,
  });
}

/** Keys of `config` that say what a step may touch. */
const FENCES = ['allowed_paths', 'read_only', 'allowed_commands', 'allow_write'] as const;

/**
 * Checks the filled-in parameters of a step: `config` and `parameters` form one object in which
 * `parameters` win, but for the keys that fence the step in: those may not be widened beside it.
 * @returns what `describe` and `perform` of the action take
 * @throws AkiosError INPUT_INVALID naming step, field and reason
 */
export function bindParameters(
  action: AgentAction,
  step: Pick<ActionStep, 'name' | 'agent'>,
  parameters: JsonObject,
  config: JsonObject,
): JsonObject {
  for (const key of FENCES) {
    if (
      Object.hasOwn(parameters, key) &&
      Object.hasOwn(config, key) &&
      JSON.stringify(config[key]) !== JSON.stringify(parameters[key])
    ) {
      throw new AkiosError(
        'INPUT_INVALID',
        `${step.name}: ${key} differs in config and parameters.`,
        {
          where: `${step.name}.parameters.${key}`,
          hint: 'Give it in one place.',
        },
      );
    }
  }
  const result = action.params.safeParse({ ...config, ...parameters });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...(issue?.path ?? []), ...(key === undefined ? [] : [key])].join('.');
  const absent = issue?.code === 'invalid_type' && issue.message.endsWith('received undefined');
  const plain = absent ? 'is missing' : issue?.message.replace(/^Invalid input: /, '');
  const reason = key === undefined ? plain : 'unknown key';
  throw new AkiosError('INPUT_INVALID', `${step.name}: ${field ? `${field}: ` : ''}${reason}.`, {
    where: `${step.name}.parameters${field ? `.${field}` : ''}`,
    hint: `See the parameters of ${step.agent} ${action.name} in docs/workflows.md.`,
  });
}
