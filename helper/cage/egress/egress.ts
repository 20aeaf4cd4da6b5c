import { randomBytes } from 'node:crypto';
import { ADDRCONFIG } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { makeScratch, sweepScratch } from '../../../shared/node/scratch.ts';
import { type AddressClass, addressClassifier } from './addresses.ts';
import { egressFetch } from './fetch.ts';
import type { Resolver } from './judge.ts';
import type {
  Egress,
  EgressDecision,
  EgressPolicy,
  EgressRequest,
  EgressResponse,
} from './port.ts';
import { type ProxyTimes, serveTunnel } from './proxy.ts';
import { egressRequest, type RequestPorts } from './request.ts';
import { UsageBook } from './usage.ts';

const MAX_SOCKET_PATH = 107;
const MAX_OPEN_TUNNELS = 64;

export interface EgressOptions {
  /** Parent of the private folder that holds the sockets; the system's temporary folder if absent. */
  socketDir?: string;
  /** All addresses of a name, in the order to prefer. The system's resolver when absent. */
  resolve?: Resolver;
  /** Addresses of this machine; asked anew for each decision. */
  ownAddresses?: () => readonly string[];
  /** Certificate authorities trusted besides the system's, PEM. */
  extraCa?: readonly string[];
  times?: Partial<ProxyTimes>;
}

const systemResolver: Resolver = (host) =>
  lookup(host, { all: true, verbatim: true, hints: ADDRCONFIG });

interface OpenSocket {
  server: Server;
  path: string;
  clients: Set<Socket>;
}

class EgressGate implements Egress {
  private readonly options: EgressOptions;
  private readonly resolve: Resolver;
  private readonly classify: (address: string) => AddressClass;
  private readonly times: ProxyTimes;
  private readonly usage = new UsageBook();
  private readonly listeners = new Set<(decision: EgressDecision) => unknown>();
  private readonly sockets = new Set<OpenSocket>();
  private folder: string | null = null;
  private disposed = false;

  constructor(options: EgressOptions) {
    this.options = options;
    this.resolve = options.resolve ?? systemResolver;
    this.classify = addressClassifier(options.ownAddresses);
    // What a helper that was killed left goes at the next start, not only at the next way out.
    const { socketDir } = options;
    if (socketDir !== undefined && existsSync(socketDir)) sweepScratch(socketDir, 'egress');
    this.times = { handshakeMs: 15_000, idleMs: 120_000, ...options.times };
  }

  async open(
    policy: EgressPolicy,
    options: { resolve?: Resolver } = {},
  ): Promise<{ socket: string; close(): Promise<void> }> {
    const path = this.socketPath();
    const clients = new Set<Socket>();
    // Half-open on purpose: a client may stop sending and still wait for its answer.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      if (clients.size >= MAX_OPEN_TUNNELS) {
        client.destroy();
        this.decide(policy, 'connect', { ...NOWHERE, reason: 'too many connections at once' });
        return;
      }
      clients.add(client);
      client.once('close', () => clients.delete(client));
      void serveTunnel(client, policy, {
        resolve: options.resolve ?? this.resolve,
        classify: this.classify,
        times: this.times,
        usage: this.usage.of(policy),
        admit: (decision) => this.admit(policy, 'connect', decision),
        decide: (decision) => this.decide(policy, 'connect', decision),
        // A listener that cannot record a decision must stop the connection, not the helper.
      }).catch(() => client.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new AkiosError('CAGE_FAILED', 'The way out could not be opened.', { cause })),
      );
      server.listen(path, resolve);
    });
    // The folder keeps others out; inside a cage the socket belongs to another uid.
    chmodSync(path, 0o666);
    const entry: OpenSocket = { server, path, clients };
    this.sockets.add(entry);
    return { socket: path, close: () => this.closeSocket(entry) };
  }

  request(policy: EgressPolicy, request: EgressRequest): Promise<EgressResponse> {
    this.assertOpen();
    return egressRequest(policy, request, this.requestPorts(policy));
  }

  fetch(policy: EgressPolicy): typeof fetch {
    this.assertOpen();
    return egressFetch(policy, this.requestPorts(policy));
  }

  onDecision(listener: (decision: EgressDecision) => unknown): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await Promise.all([...this.sockets].map((entry) => this.closeSocket(entry)));
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
    this.folder = null;
  }

  private assertOpen(): void {
    if (this.disposed) throw new AkiosError('NET_DENIED', 'The way out is closed.');
  }

  /** A new name in a folder that only this user may enter; never a TCP port of the host. */
  private socketPath(): string {
    this.assertOpen();
    if (this.folder === null) {
      const parent = this.options.socketDir ?? tmpdir();
      this.folder = makeScratch(parent, 'egress');
      sweepScratch(parent, 'egress');
    }
    const path = join(this.folder, `${randomBytes(6).toString('hex')}.sock`);
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
      throw new AkiosError('CAGE_FAILED', 'The folder for sockets has too long a path.', {
        hint: 'Set AKIOS_STATE_DIR to a shorter path.',
      });
    }
    return path;
  }

  private requestPorts(policy: EgressPolicy): RequestPorts {
    return {
      resolve: this.resolve,
      classify: this.classify,
      usage: this.usage.of(policy),
      extraCa: this.options.extraCa ?? [],
      admit: (decision) => this.admit(policy, 'request', decision),
      decide: (decision) => this.decide(policy, 'request', decision),
    };
  }

  private async admit(policy: EgressPolicy, kind: Kind, decision: Bare): Promise<void> {
    await Promise.all(this.tell(policy, kind, decision));
  }

  private decide(policy: EgressPolicy, kind: Kind, decision: Bare): void {
    for (const heard of this.tell(policy, kind, decision)) {
      // Nothing waits for it any more; whoever could not keep it has said so.
      if (heard instanceof Promise) heard.catch(() => undefined);
    }
  }

  private tell(policy: EgressPolicy, kind: Kind, decision: Bare): unknown[] {
    const { host, port, address, allowed, reason, bytesOut, bytesIn } = decision;
    const at = new Date().toISOString();
    const full = {
      run: policy.run,
      at,
      kind,
      host,
      port,
      address,
      allowed,
      reason,
      bytesOut,
      bytesIn,
    };
    return [...this.listeners].map((listener) => listener(full));
  }

  private async closeSocket(entry: OpenSocket): Promise<void> {
    if (!this.sockets.delete(entry)) return;
    for (const client of entry.clients) client.destroy();
    await new Promise<void>((resolve) => entry.server.close(() => resolve()));
    rmSync(entry.path, { force: true });
  }
}

type Kind = EgressDecision['kind'];
type Bare = Omit<EgressDecision, 'run' | 'at' | 'kind'>;
const NOWHERE = { host: '', port: 0, address: null, allowed: false, bytesOut: 0, bytesIn: 0 };

/**
 * The only way out of a cage and of the helper. Decisions are told to `onDecision` listeners
 * before a connection is made (bytes 0) and again when it ends (with its bytes).
 */
export function createEgress(options: EgressOptions = {}): Egress {
  return new EgressGate(options);
}
