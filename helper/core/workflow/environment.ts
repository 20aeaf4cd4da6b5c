import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { escapeReferences } from './interpolate.ts';

/** Values the project allows in workflow files (`env_allow`), by name. */
export type AllowedEnv = Readonly<Record<string, string>>;

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]{0,127})(?::-([^}]*))?\}/g;
/** Names that hold secrets: their values stay in the helper whatever the allow-list says. */
const SECRET_NAME =
  /(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|CREDENTIALS?|PRIVATE|AUTH)(?:_|$)/i;

/**
 * Replaces `${NAME}` and `${NAME:-default}` once, when the file is read. A value is data: braces
 * in it never become references and `${` in it is not looked at again.
 * @param env null when no project is known: a name without default then stays, with a warning
 * @param secretReference the value belongs to a key such as `api_key`: `${NAME}` alone stays as it
 *   is and names a secret that only the agent looks up
 * @throws AkiosError WORKFLOW_INVALID for a secret, or a name without value and default
 */
export function substituteEnv(
  text: string,
  env: AllowedEnv | null,
  item: string | undefined,
  warn: (message: string) => void,
  secretReference = false,
): string {
  if (
    secretReference &&
    /^\$\{[A-Z][A-Z0-9_]{0,63}\}$/.test(text) &&
    !(env && Object.hasOwn(env, text.slice(2, -1)))
  ) {
    return text;
  }
  return text.replace(VARIABLE, (whole, name: string, fallback: string | undefined) => {
    if (SECRET_NAME.test(name)) {
      throw new AkiosError('WORKFLOW_INVALID', `\${${name}} would write a secret into the run.`, {
        hint: 'Keys are taken from the secret store by the agent that needs them; leave it out.',
      });
    }
    if (env && Object.hasOwn(env, name)) return escapeReferences(env[name] as string, item);
    if (fallback !== undefined) {
      if (env) warn(`\${${name}} is not on the allow-list env_allow; its default is used.`);
      return fallback;
    }
    if (env === null) {
      warn(`\${${name}} must be on the allow-list env_allow of the project that runs this.`);
      return whole;
    }
    throw new AkiosError('WORKFLOW_INVALID', `\${${name}} has no value.`, {
      hint: `Add ${name} to env_allow in config.yaml and set it, or write \${${name}:-default}.`,
    });
  });
}

/** Keys whose value may be the name of a secret: `api_key: ${OPENAI_API_KEY}`. */
export const SECRET_KEYS: ReadonlySet<string> = new Set([
  'api_key',
  'database_url',
  'password',
  'secret',
  'signing_secret',
  'token',
  'webhook_url',
]);

/** @param fill gets each text and whether it may name a secret */
export function substituteJson(
  value: JsonObject,
  fill: (text: string, secretReference: boolean) => string,
): JsonObject {
  return fillJson(value, fill, false) as JsonObject;
}

function fillJson(
  value: Json,
  fill: (text: string, secretReference: boolean) => string,
  secret: boolean,
): Json {
  if (typeof value === 'string') return fill(value, secret);
  if (Array.isArray(value)) return value.map((v) => fillJson(v, fill, false));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([k, v]): [string, Json] => [
    k,
    fillJson(v, fill, SECRET_KEYS.has(k)),
  ]);
  return Object.fromEntries(entries);
}
