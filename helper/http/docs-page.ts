import * as z from 'zod';
import { FRAME, UPGRADE_TOKEN } from '../../shared/contract/attach.ts';
import { API_BASE } from '../../shared/contract/http-form.ts';
import { type CallName, contract, definitionOf } from '../../shared/contract/table.ts';

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** A plain page of every call; no script and no style of its own, so that the strict CSP holds. */
export function docsPage(version: string): string {
  const names = Object.keys(contract) as CallName[];
  const sections = names.map(section).join('\n');
  const frames = Object.entries(FRAME)
    .map(([name, type]) => `<li>${type}: ${escapeHtml(name)}</li>`)
    .join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>AKIOS API ${escapeHtml(version)}</title></head>
<body><h1>AKIOS API ${escapeHtml(version)}</h1>
<p>${names.length} calls below <code>${API_BASE}</code>. Machine form:
<a href="${API_BASE}/openapi.json">openapi.json</a>. Unknown fields are refused. Values of a query
may be plain text or JSON. Every failure is <code>{"error":{"code","message","hint","where","requestId"}}</code>.</p>
<h2>Attached programs</h2>
<p><code>Connection: Upgrade</code>, <code>Upgrade: ${UPGRADE_TOKEN}</code>, then frames of one byte type, four
bytes length (big endian) and payload:</p><ul>${frames}</ul>
${sections}</body></html>`;
}

function section(name: CallName): string {
  const { kind, method, path, roles, input, errors, summary, audit } = definitionOf(name);
  const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  const { $schema: _dialect, ...shape } = schema;
  return `<h2 id="${escapeHtml(name)}">${escapeHtml(name)}</h2>
<p><code>${method} ${API_BASE}${escapeHtml(path)}</code> (${kind})</p><p>${escapeHtml(summary)}</p>
<p>Roles: ${roles.join(', ')}. Ledger: ${audit}. Errors: ${errors.join(', ') || 'none of its own'}.</p>
<pre>${escapeHtml(JSON.stringify(shape, null, 2))}</pre>`;
}
