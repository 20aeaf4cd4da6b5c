import type { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { EgressRule } from '../../cage/egress/port.ts';

/** A model of the AI SDK, called through its provider interface only: no retries or logs of its own. */
export type ChatModel = ReturnType<ReturnType<typeof createOpenAICompatible>['chatModel']>;

export interface ConnectOptions {
  model: string;
  /** Null only for local servers. */
  key: string | null;
  fetch: typeof fetch;
  baseUrl: string;
}

/**
 * One provider. The base URL is always passed to the SDK: its own look-up in the environment could
 * send a key and a prompt to another host.
 */
export interface ProviderSpec {
  name: string;
  /** `remote` sends data off this machine. */
  kind: 'builtin' | 'remote' | 'local';
  /** Names under which the secret store may hold the key, in order. */
  keyNames: readonly string[];
  baseUrl: string;
  defaultModel: string;
  connect(options: ConnectOptions): Promise<ChatModel>;
}

export const BUILTIN_PROVIDER = 'builtin';
export const BUILTIN_MODEL = 'extractive';

const openaiCompatible =
  (name: string): ProviderSpec['connect'] =>
  async ({ model, key, fetch, baseUrl }) => {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    return createOpenAICompatible({
      name,
      baseURL: baseUrl,
      fetch,
      includeUsage: true,
      supportsStructuredOutputs: true,
      ...(key === null ? {} : { apiKey: key }),
    }).chatModel(model);
  };

const REMOTE: readonly ProviderSpec[] = [
  {
    name: 'openai',
    kind: 'remote',
    keyNames: ['OPENAI_API_KEY'],
    baseUrl: 'https://api.openai.com/v1',
    defaultModel: 'gpt-4o-mini',
    connect: async ({ model, key, fetch, baseUrl }) => {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI({ baseURL: baseUrl, apiKey: key ?? '', fetch }).chat(model);
    },
  },
  {
    name: 'anthropic',
    kind: 'remote',
    keyNames: ['ANTHROPIC_API_KEY'],
    baseUrl: 'https://api.anthropic.com/v1',
    defaultModel: 'claude-haiku-4-5',
    connect: async ({ model, key, fetch, baseUrl }) => {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic({ baseURL: baseUrl, apiKey: key ?? '', fetch }).chat(model);
    },
  },
  {
    name: 'grok',
    kind: 'remote',
    keyNames: ['GROK_API_KEY', 'XAI_API_KEY'],
    baseUrl: 'https://api.x.ai/v1',
    defaultModel: 'grok-3-mini',
    connect: openaiCompatible('grok'),
  },
  {
    name: 'mistral',
    kind: 'remote',
    keyNames: ['MISTRAL_API_KEY'],
    baseUrl: 'https://api.mistral.ai/v1',
    defaultModel: 'mistral-small-latest',
    connect: async ({ model, key, fetch, baseUrl }) => {
      const { createMistral } = await import('@ai-sdk/mistral');
      return createMistral({ baseURL: baseUrl, apiKey: key ?? '', fetch }).chat(model);
    },
  },
  {
    name: 'google',
    kind: 'remote',
    keyNames: ['GOOGLE_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    defaultModel: 'gemini-2.5-flash-lite',
    connect: async ({ model, key, fetch, baseUrl }) => {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle({ baseURL: baseUrl, apiKey: key ?? '', fetch }).chat(model);
    },
  },
];

const LOCAL: readonly ProviderSpec[] = [
  {
    name: 'ollama',
    kind: 'local',
    keyNames: [],
    baseUrl: 'http://127.0.0.1:11434/v1',
    defaultModel: 'llama3.2',
    connect: openaiCompatible('ollama'),
  },
  {
    name: 'local',
    kind: 'local',
    keyNames: [],
    baseUrl: 'http://127.0.0.1:1234/v1',
    defaultModel: 'default',
    connect: openaiCompatible('local'),
  },
];

const BUILTIN: ProviderSpec = {
  name: BUILTIN_PROVIDER,
  kind: 'builtin',
  keyNames: [],
  baseUrl: '',
  defaultModel: BUILTIN_MODEL,
  connect: () => Promise.reject(new AkiosError('INTERNAL', 'The built-in provider has no server.')),
};

/** All providers by name; `localUrls` sets where local servers listen (OLLAMA_HOST and the like). */
export function providerTable(
  localUrls: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, ProviderSpec> {
  const local = LOCAL.map((spec) => {
    const url = localUrls[spec.name];
    return url === undefined ? spec : { ...spec, baseUrl: loopbackUrl(url, spec.name) };
  });
  return new Map([BUILTIN, ...REMOTE, ...local].map((spec) => [spec.name, spec]));
}

/**
 * Checks the address of a local model server. Plain http is accepted for a literal loopback
 * address alone: nothing else stays on this machine for certain.
 * @throws AkiosError CONFIG_INVALID
 */
export function loopbackUrl(text: string, provider: string): string {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null;
  const host = url?.hostname === 'localhost' ? '127.0.0.1' : url?.hostname;
  const literal = host === '[::1]' || (host !== undefined && /^127\.\d+\.\d+\.\d+$/.test(host));
  if (!url || !literal || url.username || url.password || !/^https?:$/.test(url.protocol)) {
    throw new AkiosError(
      'CONFIG_INVALID',
      `The server of the local provider ${provider} must be on this machine.`,
      {
        hint: 'Give a loopback address such as http://127.0.0.1:11434.',
      },
    );
  }
  const path = url.pathname === '/' ? '/v1' : url.pathname.replace(/\/+$/, '');
  return `${url.protocol}//${host}${url.port ? `:${url.port}` : ''}${path}`;
}

/** The only place a provider's calls may go: exact host and port. */
export function egressRulesOf(spec: ProviderSpec): EgressRule[] {
  if (spec.kind === 'builtin') return [];
  const url = new URL(spec.baseUrl);
  const port = url.port ? Number(url.port) : url.protocol === 'https:' ? 443 : 80;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return [{ host, ports: [port], ...(spec.kind === 'local' ? { allowPrivate: true } : {}) }];
}
