import { expect, test } from 'vitest';
import { type ReportFacts, reportHtml } from './report.ts';

const HOSTILE = `</pre><script>alert(1)</script>"'&<img src=x onerror=y>`;

function facts(): ReportFacts {
  const error = { code: 'STEP_FAILED' as const, message: HOSTILE };
  return {
    run: {
      id: 'run_1',
      project: 'p',
      workflow: HOSTILE,
      path: HOSTILE,
      startedBy: HOSTILE,
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:00:01.000Z',
      ms: 1000,
      state: 'failed',
      stepsDone: 1,
      stepsTotal: 1,
      denied: 0,
      redacted: 2,
      costMicros: 5,
      reservedMicros: 0,
      budgetMicros: 1_000_000,
      ablations: ['no-pii'],
      error,
      description: HOSTILE,
      steps: [
        {
          index: 1,
          name: HOSTILE,
          agent: 'llm',
          action: 'complete',
          target: HOSTILE,
          state: 'failed',
          startedAt: null,
          endedAt: null,
          ms: 3,
          attempts: 1,
          verdict: { decision: 'allow', rule: HOSTILE, reason: HOSTILE },
          denied: 0,
          redacted: { EMAIL: 2 },
          costMicros: 5,
          tokensIn: 1,
          tokensOut: 1,
          output: HOSTILE,
          error,
          records: [4, 5],
        },
      ],
      log: [{ n: 1, at: 'now', stream: 'stdout', text: HOSTILE }],
      outputDirectory: 'data/output/run_1',
      firstSeq: 3,
      lastSeq: 6,
    },
    projectName: HOSTILE,
    level: 'Strong',
    policyDigest: 'd',
    sourceSha256: 's',
    checkpoint: { size: 7, root: 'ab', note: HOSTILE, at: null },
    version: '0',
    at: 'now',
  };
}

test('hostile text stays text, and the page loads nothing', () => {
  const html = reportHtml(facts());
  const tags = html.match(/<[^>]*>/g) ?? [];
  expect(tags.length).toBeGreaterThan(50);
  expect(
    tags.filter((tag) => /<(?:script|img|link|iframe)|\b(?:src|href|on\w+)\s*=/i.test(tag)),
  ).toEqual([]);
  expect(html).not.toMatch(/url\(|@import/i);
  expect(html.match(/<pre>/g)).toHaveLength(html.match(/<\/pre>/g)?.length ?? 0);
  expect(html).toContain('&#60;script&#62;');
  expect(html).toContain('Protections were off: no-pii.');
  expect(html).toContain('$0.000005 of $1.00');
});
