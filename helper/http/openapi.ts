import * as z from 'zod';
import { errorEnvelope } from '../../shared/contract/common.ts';
import { API_BASE } from '../../shared/contract/http-form.ts';
import { type CallName, contract, definitionOf } from '../../shared/contract/table.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { statusOf } from './envelope.ts';

/** OpenAPI 3.1 document, made from the contract table and nothing else. */
export function openApiDocument(version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  const shared: Shared = new Map();
  for (const name of Object.keys(contract) as CallName[]) {
    const { method, path } = definitionOf(name);
    const url = `${API_BASE}${path.replace(/:([A-Za-z]+)/g, '{$1}')}`;
    paths[url] = { ...paths[url], [method.toLowerCase()]: operation(name, shared) };
  }
  const error = jsonSchema(errorEnvelope, 'output', shared);
  return {
    openapi: '3.1.0',
    info: {
      title: 'AKIOS Console',
      version,
      description: 'The helper API: the same over its Unix socket and the loopback console.',
    },
    paths,
    components: { schemas: { Error: error, ...schemasOf(shared) } },
  };
}

function operation(name: CallName, shared: Shared): JsonObject {
  const definition = definitionOf(name);
  const { kind, method, path, roles, output, errors, summary, audit } = definition;
  const inPath = new Set([...path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1] ?? ''));
  const input = jsonSchema(definition.input, 'input', shared);
  const properties = (input['properties'] ?? {}) as Record<string, JsonObject>;
  const required = (input['required'] ?? []) as string[];
  const parameters = Object.entries(properties)
    .filter(([key]) => method === 'GET' || inPath.has(key))
    .map(([key, schema]) => ({
      name: key,
      in: inPath.has(key) ? 'path' : 'query',
      required: inPath.has(key) || required.includes(key),
      schema,
    }));
  return {
    operationId: name,
    tags: [name.includes('.') ? (name.split('.')[0] ?? 'system') : 'system'],
    summary,
    description: `Kind: ${kind}. Roles: ${roles.join(', ')}. Ledger: ${audit}.`,
    'x-roles': [...roles],
    'x-audit': audit,
    parameters,
    ...(method === 'GET' ? {} : { requestBody: jsonBody(bodySchema(input, inPath)) }),
    responses: { ...success(kind, output, shared), ...failures(errors) },
  };
}

function bodySchema(input: JsonObject, inPath: ReadonlySet<string>): JsonObject {
  if (inPath.size === 0) return input;
  const properties = (input['properties'] ?? {}) as Record<string, JsonObject>;
  return {
    ...input,
    properties: Object.fromEntries(Object.entries(properties).filter(([key]) => !inPath.has(key))),
    required: ((input['required'] ?? []) as string[]).filter((key) => !inPath.has(key)),
  };
}

function success(kind: string, output: z.ZodType, shared: Shared): JsonObject {
  if (kind === 'attach')
    return { '101': { description: 'Framed byte stream, see the docs page.' } };
  const schema = jsonSchema(output, 'output', shared);
  const type = kind === 'stream' ? 'text/event-stream' : 'application/json';
  return { '200': { description: 'Done.', content: { [type]: { schema } } } };
}

function failures(errors: readonly string[]): JsonObject {
  const byStatus = new Map<number, string[]>();
  for (const code of ['INPUT_INVALID', 'FORBIDDEN', 'UNAUTHENTICATED', ...errors]) {
    const status = statusOf(code as Parameters<typeof statusOf>[0]);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.join(', '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}

function jsonBody(schema: JsonObject): JsonObject {
  return { required: true, content: { 'application/json': { schema } } };
}

/** Schemas that refer to themselves: their text by the name they get among the components. */
type Shared = Map<string, string>;

function schemasOf(shared: Shared): Record<string, JsonObject> {
  return Object.fromEntries(
    [...shared].map(([text, name]) => [name, JSON.parse(pointTo(text, name)) as JsonObject]),
  );
}

const pointTo = (text: string, name: string): string =>
  text.replaceAll('"#/$defs/__schema0"', `"#/components/schemas/${name}"`);

/** A pointer counts from the root of the whole document, so local definitions move there. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', shared: Shared): JsonObject {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const { $schema: _dialect, $defs = {}, ...rest } = made;
  const [own, ...more] = Object.values($defs);
  if (more.length > 0) throw new Error('more than one recursive schema in a call');
  if (own === undefined) return JSON.parse(JSON.stringify(rest)) as JsonObject;
  const text = JSON.stringify(own);
  const name = shared.get(text) ?? `Recursive${shared.size + 1}`;
  shared.set(text, name);
  return JSON.parse(pointTo(JSON.stringify(rest), name)) as JsonObject;
}
