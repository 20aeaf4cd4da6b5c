import * as z from 'zod';
import { errorEnvelope } from '../../shared/contract/common.ts';
import { API_BASE } from '../../shared/contract/http-form.ts';
import { type CallName, contract, definitionOf } from '../../shared/contract/table.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { statusOf } from './envelope.ts';

/** OpenAPI 3.1 document, made from the contract table and nothing else. */
export function openApiDocument(version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const name of Object.keys(contract) as CallName[]) {
    const { method, path } = definitionOf(name);
    const url = `${API_BASE}${path.replace(/:([A-Za-z]+)/g, '{$1}')}`;
    paths[url] = { ...paths[url], [method.toLowerCase()]: operation(name) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AKIOS Console',
      version,
      description: 'The helper API: the same over its Unix socket and the loopback console.',
    },
    paths,
    components: { schemas: { Error: jsonSchema(errorEnvelope, 'output') } },
  };
}

function operation(name: CallName): JsonObject {
  const definition = definitionOf(name);
  const { kind, method, path, roles, output, errors, summary, audit } = definition;
  const inPath = new Set([...path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1] ?? ''));
  const input = jsonSchema(definition.input, 'input');
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
    responses: { ...success(kind, output), ...failures(errors) },
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

function success(kind: string, output: z.ZodType): JsonObject {
  if (kind === 'attach')
    return { '101': { description: 'Framed byte stream, see the docs page.' } };
  const schema = jsonSchema(output, 'output');
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

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return JSON.parse(JSON.stringify(rest)) as JsonObject;
}
