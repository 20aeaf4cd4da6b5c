/**
 * List prices in US dollars per million tokens, as remembered for `asOf`. They were NOT read from
 * `source` when this table was made: compare them there before money depends on them.
 * [provider, model, input, output, cached input or null]. Text is kept decimal so that it converts
 * to micro-dollars exactly.
 */
export interface PriceSource {
  provider: string;
  asOf: string;
  source: string;
  rows: readonly (readonly [model: string, input: string, output: string, cached: string | null])[];
}

export const PRICE_SOURCES: readonly PriceSource[] = [
  {
    provider: 'openai',
    asOf: '2025-10-01',
    source: 'https://openai.com/api/pricing/',
    rows: [
      ['gpt-5', '1.25', '10', '0.125'],
      ['gpt-5-mini', '0.25', '2', '0.025'],
      ['gpt-5-nano', '0.05', '0.40', '0.005'],
      ['gpt-4.1', '2', '8', '0.50'],
      ['gpt-4.1-mini', '0.40', '1.60', '0.10'],
      ['gpt-4.1-nano', '0.10', '0.40', '0.025'],
      ['gpt-4o', '2.50', '10', '1.25'],
      ['gpt-4o-mini', '0.15', '0.60', '0.075'],
      ['gpt-4-turbo', '10', '30', null],
      ['gpt-4', '30', '60', null],
      ['gpt-3.5-turbo', '0.50', '1.50', null],
      ['o3', '2', '8', '0.50'],
      ['o3-mini', '1.10', '4.40', '0.55'],
      ['o4-mini', '1.10', '4.40', '0.275'],
    ],
  },
  {
    provider: 'anthropic',
    asOf: '2025-12-01',
    source: 'https://www.anthropic.com/pricing',
    rows: [
      ['claude-opus-4-5', '5', '25', '0.50'],
      ['claude-opus-4-1', '15', '75', '1.50'],
      ['claude-opus-4-0', '15', '75', '1.50'],
      ['claude-sonnet-4-5', '3', '15', '0.30'],
      ['claude-sonnet-4-0', '3', '15', '0.30'],
      ['claude-haiku-4-5', '1', '5', '0.10'],
      ['claude-3-7-sonnet-latest', '3', '15', '0.30'],
      ['claude-3-5-sonnet-20241022', '3', '15', '0.30'],
      ['claude-3-5-haiku-latest', '0.80', '4', '0.08'],
      ['claude-3-5-haiku-20241022', '0.80', '4', '0.08'],
      ['claude-3-opus-20240229', '15', '75', '1.50'],
      ['claude-3-haiku-20240307', '0.25', '1.25', '0.03'],
    ],
  },
  {
    provider: 'grok',
    asOf: '2025-10-01',
    source: 'https://docs.x.ai/docs/models',
    rows: [
      ['grok-4', '3', '15', '0.75'],
      ['grok-4-fast', '0.20', '0.50', '0.05'],
      ['grok-4-fast-reasoning', '0.20', '0.50', '0.05'],
      ['grok-4-fast-non-reasoning', '0.20', '0.50', '0.05'],
      ['grok-code-fast-1', '0.20', '1.50', '0.02'],
      ['grok-3', '3', '15', '0.75'],
      ['grok-3-mini', '0.30', '0.50', '0.075'],
    ],
  },
  {
    provider: 'mistral',
    asOf: '2025-10-01',
    source: 'https://mistral.ai/pricing',
    rows: [
      ['mistral-large-latest', '2', '6', null],
      ['mistral-medium-latest', '0.40', '2', null],
      ['mistral-small-latest', '0.10', '0.30', null],
      ['codestral-latest', '0.30', '0.90', null],
      ['open-mistral-nemo', '0.15', '0.15', null],
      ['ministral-8b-latest', '0.10', '0.10', null],
      ['ministral-3b-latest', '0.04', '0.04', null],
    ],
  },
  {
    provider: 'google',
    asOf: '2025-10-01',
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
    rows: [
      ['gemini-2.5-pro', '2.50', '15', '0.625'],
      ['gemini-2.5-flash', '0.30', '2.50', '0.075'],
      ['gemini-2.5-flash-lite', '0.10', '0.40', '0.025'],
      ['gemini-2.0-flash', '0.10', '0.40', '0.025'],
      ['gemini-2.0-flash-lite', '0.075', '0.30', null],
      ['gemini-1.5-pro', '2.50', '10', null],
      ['gemini-1.5-flash', '0.15', '0.60', null],
    ],
  },
];
