/** Tokens that carry their issuer's prefix. Tried once at the start of each long run. */

import { entropy } from '../check/basic.ts';
import type { Candidate } from '../model.ts';
import { isAlnumByte } from '../scan/bytes.ts';
import type { Scan } from '../scan/scan.ts';

interface PrefixRule {
  type: string;
  id: string;
  /** First characters, so that most runs cost one comparison. */
  heads: readonly string[];
  re: RegExp;
  score?: number;
  subtype?: string;
}

const END = '(?![A-Za-z0-9_])';

function prefix(
  type: string,
  id: string,
  heads: string,
  pattern: string,
  score = 0.97,
): PrefixRule {
  return { type, id, heads: heads.split(' '), re: new RegExp(pattern + END, 'y'), score };
}

const RULES: readonly PrefixRule[] = [
  prefix(
    'AWS_ACCESS_KEY',
    'aws-access-key',
    'AKIA ASIA ABIA ACCA AROA AIDA AGPA ANPA',
    'A(?:KIA|SIA|BIA|CCA|ROA|IDA|GPA|NPA)[A-Z0-9]{16}',
  ),
  prefix(
    'GITHUB_TOKEN',
    'github-token',
    'ghp_ gho_ ghu_ ghs_ ghr_',
    'gh[pousr]_[A-Za-z0-9]{20,255}',
  ),
  prefix('GITHUB_TOKEN', 'github-fine-grained', 'github_pat_', 'github_pat_[A-Za-z0-9_]{20,255}'),
  prefix(
    'GITLAB_TOKEN',
    'gitlab-token',
    'glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- glffct-',
    'gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_-]{18,255}(?:\\.[A-Za-z0-9_.-]{2,60})?',
  ),
  prefix(
    'SLACK_TOKEN',
    'slack-token',
    'xoxa- xoxb- xoxp- xoxr- xoxs- xoxe xoxo- xoxc- xoxd- xapp-',
    '(?:xox[abceoprsd](?:\\.xox[bp])?-[A-Za-z0-9-]{10,250}|xapp-\\d-[A-Za-z0-9-]{10,250})',
  ),
  prefix(
    'STRIPE_KEY',
    'stripe-key',
    'sk_live_ rk_live_ whsec_ sk_org_',
    '(?:[sr]k_live_[A-Za-z0-9]{16,247}|whsec_[A-Za-z0-9+/]{24,120}|sk_org_(?:live_)?[A-Za-z0-9]{16,247})',
  ),
  prefix('GOOGLE_API_KEY', 'google-api-key', 'AIza', 'AIza[A-Za-z0-9_-]{35}'),
  prefix('LLM_API_KEY', 'anthropic-key', 'sk-ant-', 'sk-ant-[A-Za-z0-9_-]{16,250}'),
  prefix(
    'LLM_API_KEY',
    'openai-key',
    'sk-',
    'sk-(?:proj-|svcacct-|admin-|or-v1-|or-|lf-|None-)?[A-Za-z0-9_-]{18,250}',
    0.96,
  ),
  prefix('LLM_API_KEY', 'xai-key', 'xai-', 'xai-[A-Za-z0-9_-]{20,200}'),
  prefix('LLM_API_KEY', 'hugging-face-token', 'hf_ api_org_', '(?:hf|api_org)_[A-Za-z0-9]{28,80}'),
  prefix('LLM_API_KEY', 'groq-key', 'gsk_', 'gsk_[A-Za-z0-9]{30,120}'),
  prefix(
    'LLM_API_KEY',
    'other-llm-key',
    'r8_ pplx- nvapi- fw_ tgp_v1_ csk- jina_ voyage-',
    '(?:r8_[A-Za-z0-9]{30,50}|pplx-[A-Za-z0-9]{30,80}|nvapi-[A-Za-z0-9_-]{40,100}|fw_[A-Za-z0-9]{22,40}|tgp_v1_[A-Za-z0-9_-]{30,60}|csk-[A-Za-z0-9]{30,60}|jina_[A-Za-z0-9]{40,80})',
  ),
  prefix('NPM_TOKEN', 'npm-token', 'npm_', 'npm_[A-Za-z0-9]{30,60}'),
  prefix('TWILIO_KEY', 'twilio-sid', 'SK AC', '(?:SK|AC)[0-9a-f]{32}', 0.86),
  prefix(
    'JWT',
    'jwt',
    'eyJ ewo',
    '(?:eyJ|ewo)[A-Za-z0-9_-]{6,4000}\\.[A-Za-z0-9_-]{4,8000}\\.[A-Za-z0-9_-]{6,2000}',
    0.985,
  ),
  prefix(
    'GENERIC_API_KEY',
    'issuer-key',
    'dop_v1_ doo_v1_ shpat_ shpss_ shpca_ shppa_ pypi- dckr_pat_ sq0atp- sq0csp- EAAA ya29 GOCSPX- AGE-SECRET-KEY- PMAK- lin_api_ ntn_ secret_ figd_ dapi hvs. sntrys_ rubygems_ key- NRAK- glsa_ atlasv1 CFPAT- patp ATATT3 sgp_ tfp_ pul- phc_ phx_ EZAK shp sbp_ cio',
    '(?:do[op]_v1_[a-f0-9]{64}|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|pypi-[A-Za-z0-9_-]{50,250}|dckr_pat_[A-Za-z0-9_-]{20,50}|sq0(?:atp|csp)-[A-Za-z0-9_-]{22,50}|GOCSPX-[A-Za-z0-9_-]{20,40}|AGE-SECRET-KEY-1[A-Z0-9]{58}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|lin_api_[A-Za-z0-9]{40}|figd_[A-Za-z0-9_-]{30,60}|dapi[a-f0-9]{32}(?:-\\d)?|sntrys_[A-Za-z0-9_=+/-]{40,250}|rubygems_[a-f0-9]{48}|NRAK-[A-Z0-9]{27}|glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}|CFPAT-[A-Za-z0-9_-]{40,50}|ATATT3[A-Za-z0-9_=-]{100,250}|sgp_[A-Za-z0-9_]{40,80}|pul-[a-f0-9]{40}|ph[cx]_[A-Za-z0-9]{40,50}|EZAK[A-Za-z0-9]{54}|sbp_[a-f0-9]{40}|ntn_[A-Za-z0-9]{40,60})',
    0.9,
  ),
];

/** Head (first two characters) -> rules. */
function indexByHead(): ReadonlyMap<string, readonly PrefixRule[]> {
  const index = new Map<string, PrefixRule[]>();
  for (const rule of RULES) {
    for (const key of new Set(rule.heads.map((head) => head.slice(0, 2)))) {
      const list = index.get(key) ?? [];
      list.push(rule);
      index.set(key, list);
    }
  }
  return index;
}

const INDEX = indexByHead();

/** First two bytes of a head: most runs begin like none. */
const HEADS = new Uint8Array(1 << 15);
for (const key of INDEX.keys()) HEADS[(key.charCodeAt(0) << 7) | key.charCodeAt(1)] = 1;

/** Repetitions of one character or a word such as `your-key` are placeholders. */
export function looksRandom(value: string, floor: number): boolean {
  const body = value.length > 80 ? value.slice(0, 80) : value;
  if (
    /x{6}|X{6}|\*{3}|\.{3}|(.)\1{7}|[Ee]xample|EXAMPLE|your[-_]|YOUR[-_]|placeholder|123456789012|abcdefghij/.test(
      body,
    )
  ) {
    return /EXAMPLE/.test(body) && /^A[A-Z]{3}[A-Z0-9]{9}EXAMPLE$/.test(body);
  }
  return entropy(body) >= floor;
}

function tryAt(text: string, at: number): Candidate | null {
  const rules = INDEX.get(text.slice(at, at + 2));
  if (rules === undefined) return null;
  for (const rule of rules) {
    if (!rule.heads.some((head) => text.startsWith(head, at))) continue;
    rule.re.lastIndex = at;
    const match = rule.re.exec(text);
    if (match === null) continue;
    if (!looksRandom(match[0], rule.type === 'JWT' ? 3 : 2.6)) continue;
    if (rule.id === 'openai-key' && !/\d/.test(match[0])) continue;
    return {
      start: at,
      end: at + match[0].length,
      type: rule.type,
      score: rule.score ?? 0.9,
      checked: false,
      evidence: [rule.id],
    };
  }
  return null;
}

const SENDGRID = /SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}(?![A-Za-z0-9_-])/y;

/** Issuer tokens at every long run; a run may carry quotes' remains such as `_` in front. */
export function scanPrefixes(scan: Scan): void {
  const { text, tokens } = scan;
  const { bytes } = tokens;
  for (const run of tokens.long) {
    let at = run;
    while (at < run + 3 && !isAlnumByte(bytes[at]!)) at++;
    const head = (bytes[at]! << 7) | bytes[at + 1]!;
    const found = HEADS[head] === 1 ? tryAt(text, at) : null;
    if (found !== null) scan.found.push(found);
    if (bytes[at - 1] === 46 && text.startsWith('SG.', at - 3)) {
      SENDGRID.lastIndex = at - 3;
      const match = SENDGRID.exec(text);
      if (match !== null) {
        scan.found.push({
          start: at - 3,
          end: at - 3 + match[0].length,
          type: 'SENDGRID_KEY',
          score: 0.97,
          checked: false,
          evidence: ['sendgrid-key'],
        });
      }
    }
  }
}
