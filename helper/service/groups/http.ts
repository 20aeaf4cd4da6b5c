import { randomUUID } from 'node:crypto';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { bindParameters } from '../../agents/registry.ts';
import { BudgetBook } from '../../core/budget/book.ts';
import { runEffect } from '../../engine/gate-runner.ts';
import { countTotal } from '../../engine/redaction.ts';
import { egressPolicyOf } from '../../engine/run/resources.ts';
import { limitsOf } from '../cage/limits.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import { type OpenProject, refuseBroken } from '../projects/projects.ts';
import { actorOf, type CallContext } from '../service.ts';

interface HttpInput {
  method: string;
  url: string;
  headers?: Record<string, string> | undefined;
  body?: string | undefined;
  timeoutMs?: number | undefined;
}

/** One request as one effect: the same gate, redaction, egress and rows as a step of a run. */
export function httpHandlers(deps: Deps) {
  return defineHandlers({
    'http.request': async ({ project, ...request }, context) =>
      send(deps, await deps.projects.open(project), request, context),
  });
}

async function send(deps: Deps, project: OpenProject, request: HttpInput, context: CallContext) {
  refuseBroken(project);
  const proof = project.cageProof();
  if (!proof.proved) {
    throw new AkiosError(
      proof.code ?? 'CAGE_DOWN',
      proof.reasons.join(' ') || 'The cage is down.',
      {
        hint: 'Raise it first: akios cage up.',
      },
    );
  }
  const action = project.agents.action('http', 'request');
  // One name per project, so that its rate limit holds over several requests.
  const run = `http-${project.id}`;
  const book = new BudgetBook();
  book.declare({ id: `run:${run}`, limit: project.config.budget_limit_per_run });
  const started = performance.now();
  const timeoutMs = request.timeoutMs ?? 30_000;
  const result = await runEffect(
    {
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      onBug: (error) => deps.fault('http.request', error),
    },
    {
      project,
      principal: actorOf(context.caller),
      run,
      step: 'request',
      effect: `${run}/${randomUUID()}`,
      agent: 'http',
      action,
      bind: () =>
        bindParameters(action, { name: 'http', agent: 'http' }, paramsOf(request, timeoutMs), {}),
      context: {
        run,
        step: 'request',
        projectDir: project.dir,
        outputDir: 'data/output',
        worker: {
          call: () => Promise.reject(new AkiosError('DENIED', 'A request touches no files.')),
          dispose: async () => undefined,
        },
        cage: project.cage,
        limits: limitsOf(project.config),
        egress: project.egress,
        egressPolicy: egressPolicyOf(project.config, run),
        signal: context.signal,
        secret: (name) => project.secret(name),
        log: () => undefined,
      },
      ablations: proof.ablations,
      book,
      scopes: [`run:${run}`],
      timeoutMs,
      repeatable: false,
      ask: async () => false,
    },
  );
  if (result.error !== null) throw AkiosError.fromValue(result.error);
  const output = result.output ?? {};
  const body = typeof output['text'] === 'string' ? output['text'] : '';
  return {
    status: Number(output['status'] ?? 0),
    headers: headersOf(output),
    body,
    redacted: countTotal(result.counts) === 0 ? {} : result.counts,
    bytes: Number(output['bytes'] ?? 0),
    ms: performance.now() - started,
  };
}

function paramsOf({ method, url, headers, body }: HttpInput, timeoutMs: number): JsonObject {
  return {
    method,
    url,
    ...(headers === undefined || Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === undefined ? {} : { data: body }),
    timeout: timeoutMs / 1000,
    raise_for_status: false,
  };
}

function headersOf({ headers }: JsonObject): Record<string, string> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
