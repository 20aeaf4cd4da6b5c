import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { EgressResponse } from '../../cage/egress/port.ts';
import { CircuitBreaker } from '../breaker.ts';
import type { ActionContext, ActionResult, Agent, AgentAction } from '../port.ts';
import { PLATFORMS, type Platform, payloadFor, signatureOf } from './payload.ts';
import { checkedUrl, platformOf } from './target.ts';

export interface WebhookAgentOptions {
  /**
   * Looks a secret up for `describe`, which must name the host of `webhook_url: ${NAME}`. Only the
   * host is taken from it.
   */
  secret?: (name: string) => string | undefined;
  clock?: { wall(): number; now(): number };
  breaker?: { failures: number; openMs: number };
}

const secretName = /^\$\{[A-Z][A-Z0-9_]{0,63}\}$/;

const params = z.strictObject({
  webhook_url: z.string().min(1).max(2048),
  platform: z.enum(PLATFORMS).optional(),
  message: z.string().min(1).max(1_000_000),
  title: z.string().min(1).max(200).optional(),
  channel: z.string().min(1).max(100).optional(),
  username: z.string().min(1).max(80).optional(),
  data: z.record(z.string(), z.json()).optional().describe('generic only'),
  signing_secret: z
    .string()
    .regex(secretName, 'must be the name of a stored secret alone, such as ${WEBHOOK_SECRET}')
    .optional(),
  timeout: z.number().min(1).max(30).optional().describe('Seconds; 10 when not given'),
});
type Params = z.infer<typeof params>;

const MAX_ANSWER_BYTES = 64 * 1024;

/** The webhook agent: `notify` (alias `send`) posts one message to Slack, Discord, Teams or any HTTPS host. */
export function createWebhookAgent(options: WebhookAgentOptions = {}): Agent {
  const clock = options.clock ?? { wall: () => Date.now(), now: () => performance.now() };
  const breakers = new Map<string, CircuitBreaker>();
  const breakerOf = (host: string): CircuitBreaker => {
    const known = breakers.get(host);
    if (known) return known;
    const settings = { failures: 5, openMs: 60_000, ...options.breaker, now: () => clock.now() };
    const made = new CircuitBreaker(host, settings);
    breakers.set(host, made);
    return made;
  };
  const notify: AgentAction = {
    name: 'notify',
    aliases: ['send'],
    params: params as unknown as AgentAction['params'],
    addressing: ['webhook_url', 'platform', 'signing_secret'],
    describe: (given) => {
      const url = urlOf(given as Params, options.secret);
      return {
        gate: 'net',
        action: 'post',
        target: `${url.hostname}:${url.port || '443'}`,
        reversibility: 'none',
        idempotent: false,
        sideEffects: `Posts the redacted message to ${url.hostname}; it cannot be taken back.`,
      };
    },
    perform: (given, context) => deliver(given as Params, context, breakerOf, clock),
  };
  return { name: 'webhook', actions: [notify] };
}

function urlOf(given: Params, secret: ((name: string) => string | undefined) | undefined): URL {
  const text = given.webhook_url;
  if (!secretName.test(text)) return checkedUrl(text, given.platform);
  const name = text.slice(2, -1);
  const value = secret?.(name);
  if (value) return checkedUrl(value.trim(), given.platform);
  throw new AkiosError('INPUT_INVALID', `The secret ${name} is not set.`, {
    where: 'webhook_url',
    hint: `Put ${name}=... into .env of the project, or write the address in the step.`,
  });
}

async function deliver(
  given: Params,
  context: ActionContext,
  breakerOf: (host: string) => CircuitBreaker,
  clock: { wall(): number },
): Promise<ActionResult> {
  const url = urlOf(given, (name) => context.secret(name));
  const platform = given.platform ?? platformOf(url);
  const seconds = Math.floor(clock.wall() / 1000);
  const body = JSON.stringify(
    payloadFor(platform, {
      ...given,
      data: given.data as JsonObject | undefined,
      run: context.run,
      step: context.step,
      sentAt: new Date(seconds * 1000).toISOString(),
    }),
  );
  const headers = headersFor(given, context, platform, seconds, body);
  const breaker = breakerOf(url.host);
  breaker.admit();
  let response: EgressResponse;
  try {
    response = await context.egress.request(context.egressPolicy, {
      method: 'POST',
      url: url.href,
      headers,
      body,
      timeoutMs: (given.timeout ?? 10) * 1000,
      maxResponseBytes: MAX_ANSWER_BYTES,
      signal: context.signal,
    });
  } catch (error) {
    const denied = error instanceof AkiosError && error.code === 'NET_DENIED';
    if (denied || context.signal.aborted) breaker.release();
    else breaker.fail();
    throw error;
  }
  if (response.status >= 500 || response.status === 429) breaker.fail();
  else breaker.succeed();
  if (response.status < 200 || response.status >= 300) throw refused(url, response.status);
  return {
    output: {
      text: `Delivered to ${url.hostname} (${response.status}).`,
      status: response.status,
      platform,
      host: url.hostname,
      signed: given.signing_secret !== undefined,
    },
  };
}

function headersFor(
  given: Params,
  context: ActionContext,
  platform: Platform,
  seconds: number,
  body: string,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'akios-console',
  };
  if (platform === 'generic') headers['x-akios-delivery'] = `${context.run}/${context.step}`;
  if (given.signing_secret === undefined) return headers;
  const name = given.signing_secret.slice(2, -1);
  const secret = context.secret(name)?.trim();
  if (!secret || secret.length < 16) {
    throw new AkiosError(
      'INPUT_INVALID',
      `The signing secret ${name} is ${secret ? 'too short' : 'not set'}.`,
      {
        where: 'signing_secret',
        hint: `Put at least 16 characters as ${name}=... into .env of the project. Nothing was sent.`,
      },
    );
  }
  headers['x-akios-timestamp'] = String(seconds);
  headers['x-akios-signature'] = signatureOf(secret, seconds, body);
  return headers;
}

function refused(url: URL, status: number): AkiosError {
  const redirect = status >= 300 && status < 400;
  return new AkiosError(
    'REMOTE_STATUS',
    redirect
      ? `${url.hostname} answered with a redirect (${status}), which is not followed.`
      : `${url.hostname} answered with status ${status}.`,
    {
      hint:
        status === 429
          ? 'The receiver allows no more messages for now.'
          : 'Check the webhook address; a revoked one answers 403, 404 or 410.',
      details: { status, host: url.hostname },
    },
  );
}
