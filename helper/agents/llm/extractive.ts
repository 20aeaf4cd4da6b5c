import { estimateTokens } from '../../core/prices/tokens.ts';

/** What the built-in provider answers. Every sentence of `text` stands in the prompt. */
export interface Extract {
  text: string;
  /** Sentences chosen and sentences there were. */
  chosen: number;
  of: number;
}

const MAX_RANKED = 300;
const MAX_SENTENCE_CHARS = 400;
const DAMPING = 0.85;
const ROUNDS = 30;

/** Frequent words of English, French, German and Spanish: they say nothing about a sentence. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about after all also an and any are as at be because been before but by can could did do does
  for from had has have he her his how i if in into is it its may more most my no not of on or our
  out over she should so some such than that the their them then there these they this to up was we
  were what when which who will with would you your
  au aux avec ce ces dans de des du elle en est et il ils je la le les leur lui mais ne nous ou par
  pas pour que qui sa se ses son sur un une vous
  als am an auf aus bei bin das dem den der des die ein eine einem einen einer er es für haben hat
  ich im ist mit nach nicht oder sich sie sind und uns vom von war wie wir zu zum zur
  al con del el ella en entre era es esta este fue ha las los más no o para pero por que se sin su
  sus una y ya`
    .split(/\s+/)
    .filter(Boolean),
);

interface Sentence {
  text: string;
  order: number;
  words: Map<string, number>;
}

/**
 * Extractive summary: sentences are ranked by TextRank (Mihalcea and Tarau 2004: a random walk on
 * the graph of shared words, here weighted by cosine of word counts) with a small bonus for the
 * opening of the text, and the best are given in their own order. Nothing is written that the
 * prompt does not say. Deterministic; no network, no key, no cost.
 * @param maxTokens bound of the answer, by `estimateTokens`
 */
export function extractSummary(prompt: string, maxTokens: number): Extract {
  const all = sentencesOf(withoutInstruction(prompt));
  const candidates = all.length > MAX_RANKED ? preselect(all) : all;
  const scores = rank(candidates);
  const wanted = Math.min(8, Math.max(3, Math.ceil(all.length / 5)));
  const best = candidates
    .map((sentence, i) => ({ sentence, score: scores[i] as number }))
    .toSorted((a, b) => b.score - a.score || a.sentence.order - b.sentence.order);
  const chosen: Sentence[] = [];
  let tokens = 0;
  for (const { sentence } of best) {
    if (chosen.length >= wanted) break;
    const cost = estimateTokens(sentence.text) + 1;
    if (tokens + cost > maxTokens || chosen.some((other) => similarity(other, sentence) > 0.9))
      continue;
    chosen.push(sentence);
    tokens += cost;
  }
  const text = chosen
    .toSorted((a, b) => a.order - b.order)
    .map((sentence) => sentence.text)
    .join('\n');
  return { text, chosen: chosen.length, of: all.length };
}

/** Drops an opening that asks for the summary ("Summarise this letter:") from what is summarised. */
function withoutInstruction(prompt: string): string {
  const text = prompt.trimStart();
  const end = text.slice(0, 601).indexOf('\n');
  const rest = end < 0 ? '' : text.slice(end + 1);
  return rest.trim() !== '' && text.slice(0, end).trimEnd().endsWith(':') ? rest : prompt;
}

function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = [];
  for (const line of unwrapped(text)) {
    for (const piece of splitLine(line)) {
      const sentence = shorten(piece.trim());
      const words = wordCounts(sentence);
      // Headings ("Diagnosis:") and page furniture say nothing on their own.
      if (words.size >= 3 && !/^[^.!?]{1,60}:$/.test(sentence)) {
        found.push({ text: sentence, order: found.length, words });
      }
    }
  }
  const whole = found.filter((sentence) => /[.!?]["')\]»]?$/.test(sentence.text));
  // Salutations, addresses and titles have no end mark; tables have none at all.
  return whole.length >= 3 ? whole.map((sentence, order) => ({ ...sentence, order })) : found;
}

/** Heads of e-mails: who and when, not what. */
const MAIL_HEAD =
  /^(?:from|to|cc|bcc|date|sent|reply-to|message-id|von|an|gesendet|datum|de|à|envoyé|para|fecha)\s*:/i;
/** Rows of a table: three or more separators with nothing but data around them. */
const TABLE_ROW = /(?:(?:[;|\t]|,(?! ))[^,;|\t]{0,200}){3}/;
const LIST_ITEM = /^(?:[-*•]|\d{1,3}[.)])\s/;

/** Lines as their author meant them: quote marks gone, lines that were wrapped joined again. */
function unwrapped(text: string): string[] {
  const lines: string[] = [];
  let open: string[] = [];
  let width = 0;
  const close = () => {
    if (open.length > 0) lines.push(open.join(' '));
    open = [];
  };
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.replace(/^(?:\s{0,4}>)+\s?/, '').trim();
    const table = TABLE_ROW.test(line) && !/[.!?]$/.test(line);
    const fresh = line === '' || table || MAIL_HEAD.test(line) || LIST_ITEM.test(line);
    if (fresh || width < 40) close();
    width = 0;
    if (line === '' || MAIL_HEAD.test(line)) continue;
    open.push(line);
    if (!table && !/[:;]$/.test(line)) width = line.length;
    if (table) close();
  }
  close();
  return lines;
}

/** Cuts an over-long sentence between words, so that no marker or character is cut in two. */
function shorten(text: string): string {
  if (text.length <= MAX_SENTENCE_CHARS) return text;
  const space = text.lastIndexOf(' ', MAX_SENTENCE_CHARS);
  return text.slice(0, space > 0 ? space : 0);
}

/** Ends a sentence at . ! ? followed by space and a capital, digit, quote or marker. */
function splitLine(line: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const match of line.matchAll(/(?<![.!?])[.!?]+["')\]]?\s+(?=[\p{Lu}\d"'«(])/gu)) {
    const end = match.index + match[0].length;
    const before = line.slice(Math.max(from, match.index - 12), match.index);
    // "Dr. Meyer", "e.g. two", "J. Doe" do not end a sentence.
    if (/(?:^|\s)(?:\p{Lu}|Dr|Mr|Mrs|Ms|Prof|St|No|vs|e\.g|i\.e|etc|approx|M|Mme)$/u.test(before))
      continue;
    pieces.push(line.slice(from, end));
    from = end;
  }
  pieces.push(line.slice(from));
  return pieces.filter((piece) => piece.trim() !== '');
}

function wordCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [raw] of text.toLowerCase().matchAll(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu)) {
    const word = raw.length > 4 && raw.endsWith('s') ? raw.slice(0, -1) : raw;
    if (STOP_WORDS.has(word) || word.length < 2) continue;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** For long texts: the sentences with the highest mean word frequency, in order. */
function preselect(all: readonly Sentence[]): Sentence[] {
  const totals = new Map<string, number>();
  for (const { words } of all) {
    for (const [word, n] of words) totals.set(word, (totals.get(word) ?? 0) + n);
  }
  const weight = ({ words }: Sentence) => {
    let sum = 0;
    for (const word of words.keys()) sum += totals.get(word) ?? 0;
    return sum / words.size;
  };
  const weighed = all.map((sentence) => ({ sentence, weight: weight(sentence) }));
  return weighed
    .toSorted((a, b) => b.weight - a.weight || a.sentence.order - b.sentence.order)
    .slice(0, MAX_RANKED)
    .map(({ sentence }) => sentence)
    .toSorted((a, b) => a.order - b.order);
}

function similarity(a: Sentence, b: Sentence): number {
  const [small, large] = a.words.size <= b.words.size ? [a.words, b.words] : [b.words, a.words];
  let dot = 0;
  for (const [word, n] of small) dot += n * (large.get(word) ?? 0);
  return dot === 0 ? 0 : dot / (norm(a.words) * norm(b.words));
}

function norm(words: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const n of words.values()) sum += n * n;
  return Math.sqrt(sum);
}

function rank(sentences: readonly Sentence[]): number[] {
  const n = sentences.length;
  const weights = sentences.map((a, i) =>
    sentences.map((b, j) => (i === j ? 0 : similarity(a, b))),
  );
  const outgoing = weights.map((row) => row.reduce((sum, w) => sum + w, 0));
  let scores = sentences.map(() => 1 / Math.max(1, n));
  for (let round = 0; round < ROUNDS; round += 1) {
    scores = sentences.map((_, i) => {
      let incoming = 0;
      for (let j = 0; j < n; j += 1) {
        const w = weights[j]?.[i] ?? 0;
        if (w > 0) incoming += (w / (outgoing[j] as number)) * (scores[j] as number);
      }
      return (1 - DAMPING) / n + DAMPING * incoming;
    });
  }
  return scores.map((score, i) => score * (1 + 0.2 / (1 + i)));
}
