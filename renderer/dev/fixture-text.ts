import type { PreviewView, ReplacementView } from '../../shared/contract/protect.ts';
import type { SecurityStatus } from '../../shared/contract/system.ts';
import { markerOf } from '../../shared/redaction/marker.ts';

const LETTER = `Cascade Orthopedic Associates
2210 Harbor Mill Road, Suite 4, Astoria, OR 97103

Date: 18 November 2026
Re: prior authorization PA-4471-90268
Patient: Rosalind Ferreira   Born: 14 March 1968
MRN: 00418273   Member ID: HVH-220918374-02

Dear reviewer,
I write for Ms. Ferreira, who has had progressive pain in the right hip for 19 months. Radiographs of 2 October 2026 show grade 4 osteoarthritis. She completed 12 weeks of physical therapy under Colm Adeyemi-Strand, DPT, and takes meloxicam 15 mg daily with little relief.

We request approval for right total hip arthroplasty (CPT 27130). Her daughter, Beatriz Ferreira, is the contact for scheduling: (503) 555-0142 or b.ferreira@example.net.
For a peer-to-peer call, reach me at (503) 555-0117.

Priya Raghunathan, MD
NPI 1234567893
`;

const FINDINGS: readonly (readonly [string, string, readonly string[], number])[] = [
  [
    '2210 Harbor Mill Road, Suite 4, Astoria, OR 97103',
    'ADDRESS',
    ['street and number', 'state and ZIP code'],
    0.94,
  ],
  ['PA-4471-90268', 'PRIOR_AUTH', ['label: prior authorization'], 0.92],
  ['Rosalind Ferreira', 'PERSON_NAME', ['label: Patient', 'given-name list'], 0.98],
  ['14 March 1968', 'DATE_OF_BIRTH', ['label: Born'], 0.97],
  ['00418273', 'MRN', ['label: MRN'], 0.95],
  ['HVH-220918374-02', 'MEMBER_ID', ['label: Member ID'], 0.95],
  ['Ferreira', 'PERSON_NAME', ['title: Ms.'], 0.9],
  ['Colm Adeyemi-Strand', 'PERSON_NAME', ['credential follows: DPT', 'cue word: under'], 0.88],
  ['Beatriz Ferreira', 'PERSON_NAME', ['given-name list'], 0.93],
  ['(503) 555-0142', 'PHONE', ['US number plan'], 0.96],
  ['b.ferreira@example.net', 'EMAIL', ['address form'], 0.99],
  ['(503) 555-0117', 'PHONE', ['US number plan'], 0.96],
  ['Priya Raghunathan', 'PERSON_NAME', ['credential follows: MD'], 0.91],
  ['1234567893', 'NPI', ['label: NPI', 'Luhn check digit'], 0.99],
];

function redact(text: string): { out: string; replacements: ReplacementView[] } {
  const replacements: ReplacementView[] = [];
  let at = 0;
  let out = '';
  for (const [value, type, evidence, score] of FINDINGS) {
    const start = text.indexOf(value, at);
    if (start < 0) continue;
    out += text.slice(at, start);
    const marker = markerOf(type);
    const end = start + value.length;
    replacements.push({
      span: { start, end, type, score, source: 'builtin', evidence: [...evidence] },
      start,
      end,
      outStart: out.length,
      outEnd: out.length + marker.length,
      marker,
    });
    out += marker;
    at = end;
  }
  return { out: out + text.slice(at), replacements };
}

const countTypes = (list: readonly ReplacementView[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const r of list) counts[r.span.type] = (counts[r.span.type] ?? 0) + 1;
  return counts;
};

export function preview(input: Record<string, unknown>, mayRaw: boolean): PreviewView {
  const text = typeof input['text'] === 'string' ? input['text'] : LETTER;
  const { out, replacements } = redact(text);
  return {
    title: typeof input['document'] === 'string' ? input['document'] : 'typed text',
    raw: mayRaw && input['raw'] === true ? text : null,
    redacted: out,
    replacements,
    counts: countTypes(replacements),
    bytes: Buffer.byteLength(out),
    tokens: Math.ceil(out.length / 4),
    cost: { likely: 0, high: 0, model: 'extractive' },
    ms: 0.4,
  };
}

export function prompts() {
  const { out, replacements } = redact(LETTER);
  return [
    {
      step: 2,
      name: 'summarise_clinical',
      model: 'extractive',
      text: `Summarise the letter below in at most five sentences.\n\n${out}`,
      counts: countTypes(replacements),
      replacements,
      bytes: Buffer.byteLength(out) + 55,
      tokens: 236,
      unresolved: ['steps.read.output'],
    },
  ];
}

export const documents = () => [
  {
    path: 'clinical-letter.docx',
    bytes: 9_412,
    modifiedAt: '2026-11-20T09:00:00.000Z',
    kind: 'docx',
  },
  {
    path: 'insurance-claim.pdf',
    bytes: 48_212,
    modifiedAt: '2026-11-20T09:00:00.000Z',
    kind: 'pdf',
  },
  { path: 'bank-statement.csv', bytes: 3_114, modifiedAt: '2026-11-20T09:00:00.000Z', kind: 'csv' },
  { path: 'email-thread.txt', bytes: 2_207, modifiedAt: '2026-11-20T09:00:00.000Z', kind: 'txt' },
];

export function readiness(): SecurityStatus {
  return {
    security_level: 'full',
    description: '',
    environment: 'development',
    recommendation: '',
    lines: [],
    active_protections: {
      pii_redaction: { enabled: true, outputs_protected: true, aggressive_mode: false },
      audit_logging: { enabled: true, audit_path: 'audit' },
      cost_limits: { budget_limit: 1, token_limit: 1000 },
      network_access: { allowed: false },
    },
    compliance_indicators: {
      merkle_integrity: null,
      tamper_evident_audit: null,
      kill_switches: null,
      process_isolation: true,
    },
    resource_limits: {},
    probes: [],
    compliance_score: {
      overall: 3.4,
      level: 'good',
      formula:
        '0.5 x security + 0.3 x audit + 0.2 x cost; each part is 5 x points / possible points',
      parts: [
        {
          name: 'security',
          weight: 0.5,
          score: 4.2,
          inputs: [
            {
              name: 'Sandbox proved',
              state: 'pass',
              points: 2,
              of: 2,
              detail: 'probe P1, 12 s ago',
            },
            {
              name: 'Network proved',
              state: 'pass',
              points: 2,
              of: 2,
              detail: 'probe P4, 12 s ago',
            },
            {
              name: 'Kill switch exercised',
              state: 'not measured',
              points: 0,
              of: 1,
              detail: 'no run was killed yet',
            },
          ],
        },
        {
          name: 'audit',
          weight: 0.3,
          score: 2.5,
          inputs: [
            { name: 'Ledger verified', state: 'pass', points: 1, of: 1, detail: 'full, today' },
            { name: 'Outside anchor', state: 'fail', points: 0, of: 1, detail: '2 h 14 min old' },
          ],
        },
        {
          name: 'cost',
          weight: 0.2,
          score: null,
          inputs: [
            {
              name: 'Budget stop exercised',
              state: 'not measured',
              points: 0,
              of: 1,
              detail: 'no reservation was refused yet',
            },
          ],
        },
      ],
      notMeasured: ['Kill switch exercised', 'Budget stop exercised'],
    },
  };
}
