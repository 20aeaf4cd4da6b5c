/** What one run may reach. Exact hosts only; a sub-domain must be listed by name. */
export interface EgressRule {
  host: string;
  ports: readonly number[];
  /** Refused unless true: the address is private, loopback or special. */
  allowPrivate?: boolean;
}

export interface EgressPolicy {
  run: string;
  rules: readonly EgressRule[];
  maxConnections: number;
  maxBytes: number;
  /**
   * Lets a tunnel begin with the eight fixed bytes by which a PostgreSQL client asks for TLS. For the
   * helper's own database client; a program in a cage has no use for it.
   */
  preamble?: 'postgresql';
}

export interface EgressDecision {
  run: string;
  at: string;
  kind: 'connect' | 'request';
  host: string;
  port: number;
  address: string | null;
  allowed: boolean;
  reason: string;
  bytesOut: number;
  bytesIn: number;
}

export interface EgressRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | string;
  timeoutMs: number;
  maxResponseBytes: number;
  signal?: AbortSignal;
}

export interface EgressResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  address: string;
}

/** The only way out: DNS once, private answers refused, pinned dial, TLS name checked. */
export interface Egress {
  /** Unix socket to bind into a cage; the proxy behind it obeys this policy. */
  open(
    policy: EgressPolicy,
    /** Answers names instead of the system's resolver, for probes with a server of their own. */
    options?: {
      resolve?: (host: string) => Promise<readonly { address: string; family: number }[]>;
    },
  ): Promise<{ socket: string; close(): Promise<void> }>;
  /** A request made by the helper itself under a policy. Throws NET_DENIED, TIMEOUT, ANSWER_TOO_LARGE. */
  request(policy: EgressPolicy, request: EgressRequest): Promise<EgressResponse>;
  /** The same rules as a WHATWG fetch, for provider SDKs that stream. */
  fetch(policy: EgressPolicy): typeof fetch;
  /** No connection is made before what listeners give back for an allowed one has come true. */
  onDecision(listener: (decision: EgressDecision) => unknown): () => void;
  dispose(): Promise<void>;
}
