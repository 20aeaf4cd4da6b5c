import type { PriceBook } from '../../core/prices/prices.ts';

export interface LlmAgentOptions {
  prices: PriceBook;
  /** Used when a step names none; the built-in extractive summariser unless set. */
  defaultProvider?: string;
  defaultModel?: string;
  /** Null or absent = all. */
  allowedProviders?: readonly string[] | null;
  allowedModels?: readonly string[] | null;
  /** Denies every provider that is not on this machine. */
  localOnly?: boolean;
  /** Prompt and answer of one call together; 1,000 unless set. */
  maxTokensPerCall?: number;
  /** Setting `mock_llm`: every call is answered by the built-in provider, and says so. */
  builtinOnly?: boolean;
  /** Where local servers listen, by provider; loopback only. */
  localUrls?: Readonly<Record<string, string>>;
  retry?: { tries: number; backoffMs: number; maxBackoffMs: number };
  breaker?: { failures: number; openMs: number };
  clock?: LlmClock;
}

/** Time and chance, given by tests. */
export interface LlmClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  random(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
