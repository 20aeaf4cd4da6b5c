import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as z from 'zod';
import type { Contract } from '../../../shared/contract/table.ts';
import { findProduct } from '../../product.ts';
import type { CallContext } from '../../service/service.ts';
import { type Wired, wire } from '../../wiring.ts';

const PRODUCT = join(import.meta.dirname, '..', '..');

export const OFFICER: CallContext = {
  caller: { name: 'officer', role: 'admin', via: 'socket' },
  requestId: 'r',
  signal: new AbortController().signal,
};

/** A whole helper on a state folder of its own, called without a socket; one project below it. */
export class ServiceRig {
  readonly state: string;
  readonly project: string;
  /** The helper that `call` speaks to. */
  wired: Wired;
  readonly #env: NodeJS.ProcessEnv;

  /** @param name of the test, for its folder */
  constructor(name: string, env: NodeJS.ProcessEnv = process.env) {
    this.state = mkdtempSync(join(tmpdir(), `akios-${name}-`));
    this.project = join(this.state, 'claims');
    this.#env = env;
    this.wired = this.another();
  }

  /** One more helper on the same state folder; whoever asks for it disposes of it. */
  another(): Wired {
    return wire({
      product: findProduct(PRODUCT),
      stateDir: this.state,
      socket: join(this.state, 'run', 'helper.sock'),
      env: this.#env,
      serve: () => {
        throw new Error('not served here');
      },
      stop: () => undefined,
    });
  }

  async init(path = this.project): Promise<void> {
    await this.wired.service.call('project.init', { path }, OFFICER);
  }

  /** Ends the helper, does `meanwhile`, and starts the next. */
  async restart(meanwhile: () => void | Promise<void>): Promise<void> {
    await this.wired.dispose();
    await meanwhile();
    this.wired = this.another();
  }

  /** A call of the contract in the project of the rig. */
  async call<N extends keyof Contract>(
    name: N,
    input: object = {},
  ): Promise<z.output<Contract[N]['output']>> {
    const value = await this.wired.service.call(name, { project: this.project, ...input }, OFFICER);
    return value as z.output<Contract[N]['output']>;
  }

  async close(): Promise<void> {
    await this.wired.dispose();
    rmSync(this.state, { recursive: true, force: true });
  }
}
