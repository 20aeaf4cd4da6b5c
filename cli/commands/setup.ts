import { formatUsd, parseUsd } from '../../shared/domain/money.ts';
import { connect } from '../client.ts';
import { type Io, printJson, usage } from '../io.ts';
import { options, wholeNumber } from '../options.ts';
import { currentProject } from '../place.ts';
import { ask } from '../render/ask.ts';

const PROVIDERS = ['builtin', 'openai', 'anthropic', 'grok', 'mistral', 'google', 'ollama'];

/** Asks only on a terminal; in scripts the flags decide and the built-in provider is the default. */
export async function setup(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'setup [--provider NAME] [--model NAME] [--budget USD] [--max-tokens N] [--non-interactive] [--json]',
    {
      project: { type: 'string' },
      provider: { type: 'string' },
      model: { type: 'string' },
      budget: { type: 'string' },
      'max-tokens': { type: 'string' },
      'non-interactive': { type: 'boolean' },
      defaults: { type: 'boolean' },
      'mock-mode': { type: 'boolean' },
      force: { type: 'boolean' },
    },
    { min: 0, max: 0 },
  );
  const project = currentProject(values.project);
  const silent =
    values['non-interactive'] === true || values.defaults === true || !io.interactive || io.json;
  const question = async (text: string, fallback: string): Promise<string> =>
    silent ? fallback : (await ask(io, `${text} [${fallback}]: `)) || fallback;
  const provider =
    values.provider ?? (await question(`Provider (${PROVIDERS.join(', ')})`, 'builtin'));
  if (!PROVIDERS.includes(provider)) throw usage(`The provider is one of ${PROVIDERS.join(', ')}.`);
  const model =
    values.model ?? (provider === 'builtin' ? 'extractive' : await question('Model', ''));
  if (model === '' && provider !== 'builtin')
    throw usage(`${provider} needs a model: --model NAME.`);
  const budget = parseUsd(
    values.budget ?? (await question('Budget per run in US dollars', '1.00')),
  );
  const tokens = wholeNumber(values['max-tokens'] ?? '1000', 'max-tokens', 1, 10_000_000);
  const set = {
    llm_provider: provider,
    llm_model: model,
    budget_limit_per_run: formatUsd(budget, 6).slice(1),
    max_tokens_per_call: tokens,
    mock_llm: values['mock-mode'] === true,
  };
  const view = await connect().call('project.configure', { project, set });
  if (io.json) return printJson(io, { project: view, set });
  io.out(
    `Settings of ${view.name} are written: ${provider}/${model}, ${formatUsd(budget)} per run, ${tokens} tokens per call.`,
  );
  if (provider !== 'builtin' && provider !== 'ollama')
    io.out('Put the key into .env of the project (see .env.example); it stays in the helper.');
  return 0;
}
