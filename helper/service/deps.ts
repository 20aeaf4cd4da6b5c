import type { VerifyReport } from '../../shared/contract/audit.ts';
import type { VerifyMode } from '../../shared/node/audit/verify.ts';
import type { Egress } from '../cage/egress/port.ts';
import type { CageBackend } from '../cage/port.ts';
import type { CagedWorker, WorkerGrants } from '../cage/worker/port.ts';
import type { PriceBook } from '../core/prices/prices.ts';
import type { Engine } from '../engine/port.ts';
import type { Ledger } from '../store/ledger/port.ts';
import type { AgentRuns } from './agents/agent-runs.ts';
import type { Cages } from './cage/cages.ts';
import type { Prober } from './cage/prober.ts';
import type { EventHub } from './events/hub.ts';
import type { OpenProject, Projects } from './projects/projects.ts';
import type { ProjectRedactor } from './projects/redactor.ts';

export interface About {
  version: string;
  build: string;
  pid: number;
  startedAt: string;
  /** The system service, which a group of people shares. */
  shared: boolean;
}

export interface ServeInfo {
  url: string;
  origin: string;
  host: string;
  port: number;
  expiresAt: string;
}

/** The loopback console; made by the HTTP layer, which the service does not know. */
export interface ServeControl {
  start(options: { host?: string; port?: number; project?: string }): Promise<ServeInfo>;
  stop(port?: number): Promise<number[]>;
}

/** Everything the handlers work with. Made once by the daemon. */
export interface Deps {
  about: About;
  stateDir: string;
  /** Folder of `assets/` with templates and sample documents. */
  assets: string;
  projects: Projects;
  hub: EventHub;
  cages: Cages;
  prober: Prober;
  engine: Engine;
  cage: CageBackend;
  egress: Egress;
  /** Where programs outside any project are recorded. */
  userLedger(): Promise<Ledger>;
  /** Redaction under the built-in policy. */
  builtin: ProjectRedactor;
  prices: PriceBook;
  serve: ServeControl;
  agents: AgentRuns;
  /** Verifies the files of a ledger, away from the event loop. */
  verify(project: OpenProject, mode: VerifyMode): Promise<VerifyReport>;
  /** A caged worker outside any project. */
  openWorker(id: string, grants: WorkerGrants): Promise<CagedWorker>;
  /** Forgets the runs of a project whose outputs were erased. */
  forgetRuns(project: string): void;
  /** Ends the helper in good order after the answer was sent. */
  stop(reason: string): void;
  fault(where: string, error: unknown): void;
}
