import { expect, test } from 'vitest';
import { openApiDocument } from './openapi.ts';

test('every reference of the document leads somewhere in it', () => {
  const document = openApiDocument('1');
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1] ?? '');
  expect(refs.length).toBeGreaterThan(10);
  for (const ref of new Set(refs)) {
    expect(ref).toMatch(/^#\//);
    let at: unknown = document;
    for (const key of ref.slice(2).split('/')) at = (at as Record<string, unknown>)[key];
    expect(at, ref).toBeTypeOf('object');
  }
  expect(JSON.stringify(document)).not.toContain('$defs');
});
