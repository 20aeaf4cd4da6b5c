import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { checkWorkflow } from '../../core/workflow/parse.ts';
import { ProjectFiles } from '../../engine/project-files.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import { type OpenProject, refuseBroken } from '../projects/projects.ts';
import { actorOf } from '../service.ts';
import { workflowFiles } from '../workflow-files.ts';

export function runHandlers(deps: Deps) {
  const { engine, projects } = deps;
  return defineHandlers({
    'run.start': async ({ project, workflow, context, realApi }, { caller }) => {
      const open = await projects.open(project);
      refuseBroken(open);
      if (realApi === true && open.config.mock_llm) {
        throw new AkiosError('CONFIG_INVALID', 'mock_llm is on: no provider would be asked.', {
          hint: 'Set mock_llm: false in config.yaml, or leave out --real-api.',
        });
      }
      return engine.start(open.id, workflow, actorOf(caller), {
        ...(context === undefined ? {} : { context: context as JsonObject }),
      });
    },
    'run.plan': async ({ project, workflow }, { caller }) =>
      engine.plan((await projects.open(project)).id, workflow, actorOf(caller)),
    'run.refuseExec': async ({ project, argument }, { caller }) => {
      const { ledger, id } = await projects.open(project);
      await ledger.append({
        type: 'gate.denied',
        actor: actorOf(caller),
        subject: id,
        result: { status: 'denied', code: 'DENIED' },
        argsHmac: ledger.argsDigest(argument),
        data: { what: 'run --exec', bytes: Buffer.byteLength(argument) },
      });
      throw new AkiosError('DENIED', 'Direct shell execution is refused and was recorded.', {
        hint: 'Put the program into a workflow step (tool_executor), or use akios agent run.',
      });
    },
    'run.list': async ({ project, q, limit, cursor }) =>
      engine.list((await projects.openAsIs(project)).id, {
        limit: limit ?? 50,
        ...(q === undefined ? {} : { q }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    'run.get': async ({ run }) => engine.get(run),
    'run.cancel': async ({ run, reason }, { caller }) =>
      engine.cancel(run, actorOf(caller), reason),
    'run.pause': async ({ run }, { caller }) => engine.pause(run, actorOf(caller)),
    'run.resume': async ({ run }, { caller }) => engine.resume(run, actorOf(caller)),
    'approval.list': async ({ project }) => ({
      items: await engine.approvals((await projects.open(project)).id),
    }),
    'approval.answer': async ({ approval, granted, reason, limitMicros }, { caller }) => {
      const { run, step } = engine.answerApproval(approval, {
        granted,
        by: actorOf(caller).id,
        ...(reason === undefined ? {} : { reason }),
        ...(limitMicros === undefined ? {} : { limitMicros }),
      });
      return { run, step, granted };
    },
    'run.report': async ({ run }) => engine.report(run),
    'workflow.list': async ({ project }) => ({
      items: listWorkflows(await projects.open(project)),
    }),
    'workflow.validate': async ({ source, file }) => {
      const { errors, warnings } = checkWorkflow(source, file);
      return { valid: errors.length === 0, errors, warnings };
    },
    'output.latest': async ({ project }) => {
      const latest = await engine.latestOutput((await projects.openAsIs(project)).id);
      return { ...latest, output: latest.output as Json };
    },
    'budget.get': async ({ project }) => engine.budget((await projects.openAsIs(project)).id),
  });
}

function listWorkflows(project: OpenProject) {
  const files = new ProjectFiles(project.dir);
  return workflowFiles(project.dir).map((path) => {
    try {
      const { workflow, errors } = checkWorkflow(files.readWorkflow(path), path);
      const [error] = errors;
      return {
        path,
        name: workflow?.name ?? path,
        description: workflow?.description ?? '',
        steps: workflow?.steps.length ?? 0,
        ...(error === undefined ? {} : { error }),
      };
    } catch (error) {
      if (!(error instanceof AkiosError)) throw error;
      return { path, name: path, description: '', steps: 0, error: error.toValue() };
    }
  });
}
