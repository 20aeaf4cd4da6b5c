import { describe, expect, it } from 'vitest';
import { type CallName, contract, definitionOf } from '../../shared/contract/table.ts';
import { ROLES } from '../../shared/domain/states.ts';
import { type CallContext, type HandlerTable, Service } from './service.ts';

const NAMES = Object.keys(contract) as CallName[];
const PLAIN = NAMES.filter((name) => !['stream', 'attach'].includes(definitionOf(name).kind));

function harness(): { service: Service; called: string[] } {
  const called: string[] = [];
  const handlers: HandlerTable = Object.fromEntries(
    PLAIN.map((name) => [
      name,
      async () => {
        called.push(name);
        return {};
      },
    ]),
  );
  const service = new Service({
    handlers,
    openStream: async () => {
      called.push('events.stream');
      return { close: () => undefined };
    },
    attach: async () => {
      called.push('agent.run');
      return { run: async () => undefined };
    },
    fault: () => undefined,
  });
  return { service, called };
}

function contextOf(role: CallContext['caller']['role']): CallContext {
  return {
    caller: { name: 'someone', role, via: 'browser' },
    requestId: 'r',
    signal: new AbortController().signal,
  };
}

/** Asks with an input that no call accepts: FORBIDDEN must come first, INPUT_INVALID second. */
async function codeOf(service: Service, name: CallName, role: CallContext['caller']['role']) {
  const input = { 'no such field': 1 };
  const context = contextOf(role);
  const { kind } = definitionOf(name);
  const asked =
    kind === 'stream'
      ? service.stream(input, context, () => undefined)
      : kind === 'attach'
        ? service.attach(input, context)
        : service.call(name, input, context);
  return asked.then(
    () => 'accepted',
    (error: { code?: string }) => error.code ?? 'untyped',
  );
}

describe('every call by every role', () => {
  for (const name of NAMES) {
    it(`${name} is open to exactly the roles of the table and refuses unknown fields`, async () => {
      const { service, called } = harness();
      const { roles } = definitionOf(name);
      for (const role of ROLES) {
        const expected = roles.includes(role) ? 'INPUT_INVALID' : 'FORBIDDEN';
        expect([role, await codeOf(service, name, role)]).toEqual([role, expected]);
      }
      expect(called).toEqual([]);
    });
  }

  it('keeps a viewer away from everything that changes, reads raw records or acts', () => {
    const open = NAMES.filter((name) => definitionOf(name).roles.includes('viewer'));
    const changing = open.filter((name) => definitionOf(name).kind === 'command');
    expect(changing.sort()).toEqual([
      'audit.verify',
      'cage.probe',
      'project.open',
      'run.refuseExec',
    ]);
    expect(open).not.toContain('audit.record');
    expect(open).not.toContain('protect.preview');
  });
});

describe('answers', () => {
  it('outside the contract never reach the caller', async () => {
    const { service } = harness();
    await expect(service.call('health', {}, contextOf('admin'))).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });

  it('of a call without handler are a typed error', async () => {
    const service = new Service({
      handlers: {},
      openStream: async () => ({ close: () => undefined }),
      attach: async () => ({ run: async () => undefined }),
      fault: () => undefined,
    });
    expect(service.missing()).toEqual(PLAIN);
    await expect(service.call('health', {}, contextOf('admin'))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });
});
