/**
 * List prices in US dollars per million tokens, as remembered for `asOf`, with the copies they were
 * compared with since. [provider, model, input, output, cached input or null, copies that say the
 * same]. A row without a copy was NOT compared: do so before money depends on it. Text is kept
 * decimal so that it converts to micro-dollars exactly.
 */
export interface PriceCopy {
  /** The provider's own page, or somebody who quotes it. */
  by: 'provider' | 'quoted';
  page: string;
  /** Day the copy was made, or the month it names; `undated` when it names none. */
  copied: string;
}

/** Read 2026-11-21 as stored copies; the pages themselves were out of reach. */
export const PRICE_COPIES = {
  anthropic: {
    by: 'provider',
    page: 'https://platform.claude.com/docs/en/about-claude/pricing',
    copied: 'undated',
  },
  xai: { by: 'provider', page: 'https://docs.x.ai/docs/models', copied: '2025-06-02' },
  xaiQuoted: {
    by: 'quoted',
    page: 'https://apidog.com/jp/blog/how-to-access-grok-4-api-jp',
    copied: 'undated',
  },
  openaiQuoted: {
    by: 'quoted',
    page: 'https://deploybase.ai/articles/openai-pricing',
    copied: '2026-03',
  },
  openaiOlder: {
    by: 'quoted',
    page: 'https://aimodelcalc.pages.dev/guides/openai-api-pricing.html',
    copied: '2026-05',
  },
  googleQuoted: {
    by: 'quoted',
    page: 'https://www.morphllm.com/gemini-api-pricing',
    copied: 'undated',
  },
  googleLong: {
    by: 'quoted',
    page: 'https://deploybase.ai/articles/gemini-api-pricing',
    copied: '2026-03',
  },
  mistralQuoted: {
    by: 'quoted',
    page: 'https://deploybase.ai/articles/mistral-pricing',
    copied: '2026-03',
  },
} as const satisfies Record<string, PriceCopy>;

export interface PriceSource {
  provider: string;
  asOf: string;
  source: string;
  rows: readonly (readonly [
    model: string,
    input: string,
    output: string,
    cached: string | null,
    copy?: keyof typeof PRICE_COPIES,
  ])[];
}

export const PRICE_SOURCES: readonly PriceSource[] = [
  {
    provider: 'openai',
    asOf: '2025-10-01',
    source: 'https://openai.com/api/pricing/',
    rows: [
      ['gpt-5', '1.25', '10', '0.125', 'openaiQuoted'],
      ['gpt-5-mini', '0.25', '2', '0.025', 'openaiQuoted'],
      ['gpt-5-nano', '0.05', '0.40', '0.005', 'openaiQuoted'],
      ['gpt-4.1', '2', '8', '0.50', 'openaiQuoted'],
      ['gpt-4.1-mini', '0.40', '1.60', '0.10', 'openaiQuoted'],
      ['gpt-4.1-nano', '0.10', '0.40', '0.025', 'openaiQuoted'],
      ['gpt-4o', '2.50', '10', '1.25', 'openaiQuoted'],
      ['gpt-4o-mini', '0.15', '0.60', '0.075', 'openaiQuoted'],
      ['gpt-4-turbo', '10', '30', null],
      ['gpt-4', '30', '60', null],
      ['gpt-3.5-turbo', '0.50', '1.50', null, 'openaiOlder'],
      ['o3', '2', '8', '0.50', 'openaiQuoted'],
      ['o3-mini', '1.10', '4.40', '0.55', 'openaiQuoted'],
      ['o4-mini', '1.10', '4.40', '0.275', 'openaiQuoted'],
    ],
  },
  {
    provider: 'anthropic',
    asOf: '2025-12-01',
    source: 'https://www.anthropic.com/pricing',
    rows: [
      ['claude-opus-4-5', '5', '25', '0.50', 'anthropic'],
      ['claude-opus-4-1', '15', '75', '1.50', 'anthropic'],
      ['claude-opus-4-0', '15', '75', '1.50', 'anthropic'],
      ['claude-sonnet-4-5', '3', '15', '0.30', 'anthropic'],
      ['claude-sonnet-4-0', '3', '15', '0.30', 'anthropic'],
      ['claude-haiku-4-5', '1', '5', '0.10', 'anthropic'],
      ['claude-3-7-sonnet-latest', '3', '15', '0.30', 'anthropic'],
      ['claude-3-5-sonnet-20241022', '3', '15', '0.30'],
      ['claude-3-5-haiku-latest', '0.80', '4', '0.08', 'anthropic'],
      ['claude-3-5-haiku-20241022', '0.80', '4', '0.08', 'anthropic'],
      ['claude-3-opus-20240229', '15', '75', '1.50', 'anthropic'],
      ['claude-3-haiku-20240307', '0.25', '1.25', '0.03', 'anthropic'],
    ],
  },
  {
    provider: 'grok',
    asOf: '2025-10-01',
    source: 'https://docs.x.ai/docs/models',
    rows: [
      ['grok-4', '3', '15', '0.75', 'xaiQuoted'],
      ['grok-4-fast', '0.20', '0.50', '0.05'],
      ['grok-4-fast-reasoning', '0.20', '0.50', '0.05'],
      ['grok-4-fast-non-reasoning', '0.20', '0.50', '0.05'],
      ['grok-code-fast-1', '0.20', '1.50', '0.02'],
      ['grok-3', '3', '15', '0.75', 'xai'],
      ['grok-3-mini', '0.30', '0.50', '0.075', 'xai'],
    ],
  },
  {
    provider: 'mistral',
    asOf: '2025-10-01',
    source: 'https://mistral.ai/pricing',
    rows: [
      ['mistral-large-latest', '2', '6', null],
      ['mistral-medium-latest', '0.40', '2', null],
      ['mistral-small-latest', '0.10', '0.30', null, 'mistralQuoted'],
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
      ['gemini-2.5-pro', '2.50', '15', '0.625', 'googleLong'],
      ['gemini-2.5-flash', '0.30', '2.50', '0.075', 'googleQuoted'],
      ['gemini-2.5-flash-lite', '0.10', '0.40', '0.025', 'googleQuoted'],
      ['gemini-2.0-flash', '0.10', '0.40', '0.025', 'googleQuoted'],
      ['gemini-2.0-flash-lite', '0.075', '0.30', null],
      ['gemini-1.5-pro', '2.50', '10', null],
      ['gemini-1.5-flash', '0.15', '0.60', null],
    ],
  },
];
