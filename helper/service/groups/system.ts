import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_VERSION } from '../../../shared/contract/table.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { checkWorkflow } from '../../core/workflow/parse.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';

export function systemHandlers(deps: Deps) {
  return defineHandlers({
    health: async () => ({
      status: 'ok' as const,
      product: 'akios' as const,
      version: deps.about.version,
      build: deps.about.build,
      contract: CONTRACT_VERSION,
      pid: deps.about.pid,
      startedAt: deps.about.startedAt,
      now: new Date().toISOString(),
    }),
    whoami: async (_input, { caller }) => ({ ...caller }),
    shutdown: async ({ reason }, { caller }) => {
      if (deps.about.shared && caller.name !== 'root') {
        throw new AkiosError('FORBIDDEN', 'The system helper is stopped by root alone.', {
          hint: 'sudo systemctl stop akios-helper',
        });
      }
      const live = [...deps.engine.live().map((run) => run.id), ...deps.agents.ids()];
      if (live.length > 0) {
        throw new AkiosError('RUNS_LIVE', `${live.length} runs are live; the helper goes on.`, {
          hint: 'Wait for them, or stop them: akios panic.',
          details: { runs: live.join(' ') },
        });
      }
      deps.stop(reason ?? 'asked to');
      return { stopping: true as const };
    },
    'serve.start': async ({ host, port, project }) =>
      deps.serve.start({
        ...(host === undefined ? {} : { host }),
        ...(port === undefined ? {} : { port }),
        ...(project === undefined ? {} : { project: (await deps.projects.open(project)).dir }),
      }),
    'serve.stop': async ({ port }) => ({ stopped: await deps.serve.stop(port) }),
    'templates.list': async () => ({ items: templates(join(deps.assets, 'templates')) }),
  });
}

function templates(folder: string) {
  return readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => {
      const { workflow } = checkWorkflow(readFileSync(join(folder, file), 'utf8'), file);
      return {
        name: file.replace(/\.ya?ml$/, ''),
        file,
        description: workflow?.description ?? 'not valid',
        steps: workflow?.steps.length ?? 0,
      };
    });
}
