import { parseUsd } from '../../shared/domain/money.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';

export async function approvals(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'approvals [--project DIR] [--json]',
    { project: { type: 'string' } },
    { min: 0, max: 0 },
  );
  const { items } = await connect().call('approval.list', {
    project: currentProject(values.project),
  });
  if (io.json) return printJson(io, { items });
  if (items.length === 0) io.out('Nothing waits for an answer.');
  for (const item of items) {
    io.out(`${item.id}  ${item.kind} of ${item.run}, step ${item.step}, until ${item.expiresAt}`);
    io.out(`  ${item.message}`);
    io.out(`  akios approve ${item.id}${item.kind === 'budget' ? ' --budget USD' : ''}`);
    io.out(`  akios deny ${item.id} --reason TEXT`);
  }
  return 0;
}

export async function approve(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'approve ID [--budget USD] [--reason TEXT] [--json]',
    { budget: { type: 'string' }, reason: { type: 'string' } },
    { min: 1, max: 1 },
  );
  const limit = values.budget === undefined ? {} : { limitMicros: parseUsd(values.budget) };
  return await answer(io, positionals[0] ?? '', true, values.reason, limit);
}

export async function deny(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'deny ID [--reason TEXT] [--json]',
    { reason: { type: 'string' } },
    { min: 1, max: 1 },
  );
  return await answer(io, positionals[0] ?? '', false, values.reason, {});
}

async function answer(
  io: Io,
  approval: string,
  granted: boolean,
  reason: string | undefined,
  limit: { limitMicros?: number },
): Promise<number> {
  const done = await connect().call('approval.answer', {
    approval,
    granted,
    ...(reason === undefined ? {} : { reason }),
    ...limit,
  });
  if (io.json) return printJson(io, done);
  io.out(`${done.granted ? 'Approved' : 'Denied'}: step ${done.step} of ${done.run}.`);
  return 0;
}
