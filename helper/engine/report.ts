import type { CheckpointView } from '../../shared/contract/audit.ts';
import type { RunDetail, StepView } from '../../shared/contract/runs.ts';
import { formatUsd } from '../../shared/domain/money.ts';
import { countTotal } from './redaction.ts';

export const REPORT_FILE = 'report.html';

export interface ReportFacts {
  run: RunDetail;
  projectName: string;
  level: string;
  policyDigest: string;
  sourceSha256: string;
  checkpoint: CheckpointView | null;
  version: string;
  at: string;
}

/**
 * One page that needs nothing else: no script, no font, no address is loaded. Everything in it was
 * redacted before it was stored, and every text is escaped here.
 */
export function reportHtml(facts: ReportFacts): string {
  const { run } = facts;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${esc(run.workflow)} ${esc(run.state)}</title><style>${STYLE}</style></head><body><main>`,
    `<p class="kicker">AKIOS run report</p><h1>${esc(run.workflow)}</h1><p>${esc(run.description)}</p>`,
    run.ablations.length > 0
      ? `<p class="warn">Protections were off: ${esc(run.ablations.join(', '))}.</p>`
      : '',
    run.error ? `<p class="warn"><b>${esc(run.error.code)}</b> ${esc(run.error.message)}</p>` : '',
    numbers(facts),
    stepsTable(run.steps),
    run.steps.map(stepBody).join(''),
    audit(facts),
    logPart(run),
    `<footer>AKIOS ${esc(facts.version)}, made ${esc(facts.at)}</footer></main></body></html>\n`,
  ].join('\n');
}

function numbers(facts: ReportFacts): string {
  const { run } = facts;
  const rows: [string, string][] = [
    ['State', run.state],
    ['Run', run.id],
    ['Project', facts.projectName],
    ['File', run.path],
    ['Started', `${run.startedAt} by ${run.startedBy}`],
    ['Took', run.ms === null ? 'not ended' : `${(run.ms / 1000).toFixed(3)} s`],
    ['Steps', `${run.stepsDone} of ${run.stepsTotal}`],
    ['Denied', String(run.denied)],
    ['Redacted values', String(run.redacted)],
    ['Cost', `${formatUsd(run.costMicros, 6)} of ${formatUsd(run.budgetMicros, 2)}`],
    ['Security level', facts.level],
    ['Policy (SHA-256)', facts.policyDigest],
    ['Workflow text (SHA-256)', facts.sourceSha256],
  ];
  const cells = rows.map(([name, value]) => `<dt>${esc(name)}</dt><dd>${esc(value)}</dd>`).join('');
  return `<dl>${cells}</dl>`;
}

function stepsTable(steps: readonly StepView[]): string {
  const head = ['#', 'Step', 'Agent', 'Target', 'State', 'Verdict', 'Redacted', 'Cost', 'Records'];
  const rows = steps.map((step) =>
    [
      String(step.index),
      step.name,
      step.agent ? `${step.agent} ${step.action}` : step.action,
      step.target ?? '',
      step.state,
      step.verdict ? `${step.verdict.decision} (${step.verdict.rule})` : '',
      String(countTotal(step.redacted)),
      formatUsd(step.costMicros, 6),
      step.records.length > 0 ? `${step.records[0]} to ${step.records.at(-1)}` : '',
    ]
      .map((cell) => `<td>${esc(cell)}</td>`)
      .join(''),
  );
  return `<h2>Steps</h2><table><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join('')}</tr></thead><tbody>${rows.map((r) => `<tr>${r}</tr>`).join('')}</tbody></table>`;
}

function stepBody(step: StepView): string {
  if (!step.output && !step.error) return '';
  const found = Object.entries(step.redacted).map(([type, n]) => `${type} ${n}`);
  return [
    `<section><h3>${step.index} ${esc(step.name)}</h3>`,
    step.error
      ? `<p class="warn"><b>${esc(step.error.code)}</b> ${esc(step.error.message)}</p>`
      : '',
    found.length > 0 ? `<p>Redacted: ${esc(found.join(', '))}</p>` : '',
    step.output ? `<pre>${esc(step.output)}</pre>` : '',
    '</section>',
  ].join('');
}

function audit(facts: ReportFacts): string {
  const { run, checkpoint } = facts;
  if (run.firstSeq === null)
    return '<h2>Audit</h2><p class="warn">This run left no audit records.</p>';
  const signed = checkpoint
    ? `<p>Signed checkpoint of ${checkpoint.size} records, root <code>${esc(checkpoint.root)}</code>:</p><pre>${esc(checkpoint.note)}</pre>`
    : '<p class="warn">There is no signed checkpoint.</p>';
  return `<h2>Audit</h2><p>Ledger records ${run.firstSeq} to ${run.lastSeq}. This page proves nothing by itself: check the ledger with <code>akios audit verify</code>.</p>${signed}`;
}

function logPart(run: RunDetail): string {
  if (run.log.length === 0) return '';
  const lines = run.log.map((line) => `${line.at} ${line.stream} ${line.text}`).join('\n');
  return `<h2>Log</h2><pre>${esc(lines)}</pre>`;
}

/** All five characters that mean something, in text and in attributes. */
function esc(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = [
  ':root{color-scheme:light dark}',
  'body{font:15px/1.5 system-ui,sans-serif;margin:0}',
  'main{max-width:72rem;margin:0 auto;padding:2rem}',
  '.kicker{text-transform:uppercase;letter-spacing:.08em;font-size:.75rem;opacity:.7;margin:0}',
  'h1{margin:.2rem 0}h2{margin-top:2rem}',
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.5rem}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}',
  'table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid #8886;overflow-wrap:anywhere}',
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8886;padding:.75rem;border-radius:6px;font-size:.85rem}',
  '.warn{border-left:4px solid #c0392b;padding:.4rem .8rem;background:#c0392b18}',
  'footer{margin-top:3rem;opacity:.7;font-size:.85rem}',
].join('');
