import { expect, it } from 'vitest';
import { createDatabaseAgent } from '../../agents/database/agent.ts';
import { createFilesystemAgent } from '../../agents/filesystem/agent.ts';
import { createHttpAgent } from '../../agents/http/agent.ts';
import { createLlmAgent } from '../../agents/llm/agent.ts';
import { bindParameters, createRegistry } from '../../agents/registry.ts';
import { createToolExecutorAgent } from '../../agents/tool-executor/agent.ts';
import { createWebhookAgent } from '../../agents/webhook/agent.ts';
import { createPriceBook } from '../../core/prices/prices.ts';
import { AGENT_ACTIONS } from '../../core/workflow/model.ts';

const registry = createRegistry([
  createFilesystemAgent(),
  createHttpAgent(),
  createLlmAgent({ prices: createPriceBook() }),
  createToolExecutorAgent(),
  createWebhookAgent(),
  createDatabaseAgent({ nodePath: process.execPath }),
]);

it('the language knows exactly the actions the agents have', () => {
  const sorted = (catalog: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(
      Object.entries(catalog).map(([name, actions]) => [name, actions.toSorted()]),
    );
  expect(sorted(AGENT_ACTIONS)).toEqual(sorted(registry.catalog));
});

it('finds actions by alias and names the nearest otherwise', () => {
  expect(registry.action('llm', 'generate').name).toBe('chat');
  expect(() => registry.action('llm', 'compleet')).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID', hint: 'Did you mean "complete"?' }),
  );
  expect(() => registry.action('llmm', 'chat')).toThrow(
    expect.objectContaining({ hint: 'Did you mean "llm"?' }),
  );
});

it('binds config and parameters as one; parameters win, but not over what fences the step in', () => {
  const llm = registry.action('llm', 'complete');
  const step = { name: 'sum', agent: 'llm' };
  const config = { provider: 'builtin', max_tokens: 5 };
  expect(bindParameters(llm, step, { prompt: 'x', max_tokens: 6 }, config)).toEqual({
    provider: 'builtin',
    prompt: 'x',
    max_tokens: 6,
  });
  expect(() => bindParameters(llm, step, { prompt: 'x', colour: 'red' }, {})).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID', where: 'sum.parameters.colour' }),
  );
  const read = registry.action('filesystem', 'read');
  const fence = { allowed_paths: ['data/input'] };
  const wider = { path: 'data/x', allowed_paths: ['data'] };
  expect(() => bindParameters(read, { name: 'r', agent: 'filesystem' }, wider, fence)).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID', where: 'r.parameters.allowed_paths' }),
  );
});
