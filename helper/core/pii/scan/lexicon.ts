/** The dictionary of one detector: words with flags, and the trie of label phrases over them. */
import type { LabelMeaning } from '../model.ts';
import { foldWord } from './chars.ts';
import {
  allocateTokens,
  buildWordTable,
  IS_MARKED,
  type Tokens,
  tokenise,
  type WordTable,
} from './tokens.ts';

export const GIVEN = 1;
export const SURNAME = 2;
/** An ordinary word of some language: no name by itself. */
export const COMMON = 4;
export const STREET = 8;
export const MONTH = 16;
export const DRUG = 32;
export const ANALYTE = 64;
export const TITLE = 128;
export const ORGANISATION = 256;
export const FILLER = 512;
export const PARTICLE = 1024;
export const QUALIFIER = 2048;
export const ROOT_LABEL = 4096;
export const CITY = 8192;
export const SALUTE = 16384;
export const NOT_NAME = 32768;
/** Spelled-out marks: `at`, `dot`, `dash`. */
export const ALTERNATE = 65536;
/** A key that takes its meaning from the key above it. */
export const CHILD = 131072;
/** A short name of a vital sign: `HR`, `sats`, `wt`. */
export const VITAL = 262144;
/** What a person is to another or before a court: `wife`, `plaintiff`. */
export const ROLE = 524288;
/** A word at which something rare may begin, so that no text is searched for it. */
export const TRIGGER = 1048576;
const MARKED = ALTERNATE | CHILD | VITAL | ROLE | TRIGGER | ANALYTE | STREET;

/** `INSERT INTO`, `-----BEGIN`, `PuTTY-`, `P.O. Box` and the like. */
const TRIGGERS = [
  'apo',
  'apt',
  'arn',
  'audi',
  'auto',
  'begin',
  'bmw',
  'box',
  'credential',
  'dpo',
  'fahrzeug',
  'fpo',
  'golf',
  'insert',
  'motorrad',
  'opel',
  'am',
  'chpasswd',
  'comment',
  'linkedin',
  'patient',
  'paypal',
  'pkw',
  'pm',
  'postfach',
  'secure',
  'sshpass',
  'suite',
  'tiktok',
  'tty',
  'unit',
  'vw',
  'wagen',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface Lexicon {
  table: WordTable;
  /** Flags by word id. */
  flags: Int32Array;
  numberSign: number;
  triggers: Readonly<Record<Trigger, number>>;
  /** Trie root by word id: node, or 0. */
  root: Int32Array;
  /** Edges of the trie as an open-addressing table: node, word id, next node. */
  edges: EdgeTable;
  meanings: (readonly LabelMeaning[] | undefined)[];
  /** Words of markers that are not of the built-in types. */
  markers: ReadonlySet<string>;
  /** By node: bits of the cues of its meanings. */
  cues: Uint8Array;
}

export interface EdgeTable {
  mask: number;
  /** Triples of node, word id and next node; node 0 marks a free place. */
  cells: Int32Array;
  /** By node: a bit for each child's word id modulo 32, 0 when there are none. */
  inner: Int32Array;
}

const WIDTH = 1 << 20;

function edgeHash(node: number, id: number): number {
  const h = Math.imul(node, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b);
  return h ^ (h >>> 15);
}

function packEdges(edges: ReadonlyMap<number, number>, nodes: number): EdgeTable {
  let size = 1024;
  while (size < edges.size * 3) size *= 2;
  const table: EdgeTable = {
    mask: size - 1,
    cells: new Int32Array(size * 3),
    inner: new Int32Array(nodes),
  };
  for (const [key, next] of edges) {
    const node = Math.floor(key / WIDTH);
    const id = key % WIDTH;
    let slot = edgeHash(node, id) & table.mask;
    while (table.cells[slot * 3] !== 0) slot = (slot + 1) & table.mask;
    table.cells.set([node, id, next], slot * 3);
    table.inner[node] = table.inner[node]! | (1 << (id & 31));
  }
  return table;
}

const MACROS: Record<string, string> = {
  no: '{number|no|num|nbr|nr|numbers|nos|id number}',
  id: '{number|no|num|nbr|nr|id|code|identifier|id number|ids|numbers}',
  nr: '{nummer|nr|no| nummer| nr| no|nummern}',
  num: '{numero|num|no|n|nr|nro|numeros}',
};

/** Expands `{a|b}` alternatives and the named macros; the result is bounded by the table itself. */
export function expandLabel(label: string): string[] {
  const open = label.indexOf('{');
  if (open < 0) return [label.replace(/ {2,}/g, ' ').trim()];
  const close = label.indexOf('}', open);
  const inner = label.slice(open + 1, close);
  const body = MACROS[inner];
  const head = label.slice(0, open);
  const tail = label.slice(close + 1);
  if (body !== undefined) return expandLabel(head + body + tail);
  return inner.split('|').flatMap((part) => expandLabel(head + part + tail));
}

export interface LexiconSource {
  /** Flag -> words (folded on the way in). */
  words: readonly (readonly [number, readonly string[]])[];
  labels: readonly (readonly [string, LabelMeaning])[];
}

/** Words of running text that two words of a label would make when joined: `pa id`. */
const ORDINARY_JOINED: ReadonlySet<string> = new Set(['paid']);

class Builder {
  private readonly ids = new Map<string, number>();
  private readonly flags: number[] = [0];
  private readonly paths = new Map<string, LabelMeaning[]>();

  wordId(folded: string): number {
    const known = this.ids.get(folded);
    if (known !== undefined) return known;
    const id = this.flags.length;
    this.ids.set(folded, id);
    this.flags.push(0);
    return id;
  }

  flag(word: string, bit: number): void {
    const id = this.wordId(word);
    this.flags[id] = this.flags[id]! | bit;
  }

  label(phrase: string, meaning: LabelMeaning): void {
    const words = splitWords(phrase);
    this.addPath(words, meaning);
    // `policy number` is also met as `policynumber` in keys.
    if (words.length === 2 && !ORDINARY_JOINED.has(words.join('')))
      this.addPath([words.join('')], meaning);
  }

  private addPath(words: readonly string[], meaning: LabelMeaning): void {
    if (words.length === 0 || words.some((word) => !/^[a-z{]+$/.test(word))) return;
    for (const word of words) this.wordId(word);
    this.flag(words[0]!, ROOT_LABEL);
    const key = words.join(' ');
    const list = this.paths.get(key) ?? [];
    if (!list.some((m) => m.type === meaning.type)) list.push(meaning);
    this.paths.set(key, list);
  }

  build(): Lexicon {
    const numberSign = this.wordId('no');
    for (const word of TRIGGERS) this.flag(word, TRIGGER);
    this.flags.forEach((bits, id) => {
      if ((bits & MARKED) !== 0) this.flags[id] = bits | IS_MARKED;
    });
    const root = new Int32Array(this.flags.length);
    const edges = new Map<number, number>();
    const meanings: (readonly LabelMeaning[] | undefined)[] = [undefined];
    for (const [key, list] of this.paths) {
      let node = 0;
      for (const word of key.split(' ')) {
        const id = this.wordId(word);
        const next = node === 0 ? root[id]! : (edges.get(node * WIDTH + id) ?? 0);
        if (next !== 0) {
          node = next;
          continue;
        }
        meanings.push(undefined);
        const made = meanings.length - 1;
        if (node === 0) root[id] = made;
        else edges.set(node * WIDTH + id, made);
        node = made;
      }
      meanings[node] = list;
    }
    const table = buildWordTable([...this.ids.keys()], this.flags);
    return {
      table,
      flags: Int32Array.from(this.flags),
      numberSign,
      triggers: Object.fromEntries(TRIGGERS.map((word) => [word, this.wordId(word)])) as Record<
        Trigger,
        number
      >,
      root,
      edges: packEdges(edges, meanings.length),
      meanings,
      markers: new Set(),
      cues: Uint8Array.from(meanings, (list) =>
        (list ?? []).reduce((bits, { cue }) => bits | (1 << cue), 0),
      ),
    };
  }
}

const EMPTY_TABLE = buildWordTable([], []);

/** Words of a phrase exactly as the tokeniser cuts them in a text. */
export function splitWords(phrase: string): string[] {
  const tokens: Tokens = tokenise(phrase, EMPTY_TABLE, 0, allocateTokens(phrase.length));
  const words: string[] = [];
  for (let t = 0; t < tokens.count; t++) {
    const word = foldWord(phrase.slice(tokens.start[t]!, tokens.end[t]!));
    words.push(word === '#' ? 'no' : word);
  }
  return words;
}

export function buildLexicon(source: LexiconSource): Lexicon {
  const builder = new Builder();
  for (const [bit, words] of source.words) {
    // The tokeniser splits at digits and marks: such words can never be met, only collide.
    for (const word of words)
      if (/^[a-z{]+$/.test(foldWord(word))) builder.flag(foldWord(word), bit);
  }
  for (const [label, meaning] of source.labels) {
    for (const phrase of expandLabel(label)) builder.label(phrase, meaning);
  }
  return builder.build();
}

/** The node reached from `node` (0 = root) over a word, 0 when there is none. */
export function step(lexicon: Lexicon, node: number, id: number): number {
  if (id === 0) return 0;
  if (node === 0) return lexicon.root[id]!;
  const { mask, cells, inner } = lexicon.edges;
  if ((inner[node]! & (1 << (id & 31))) === 0) return 0;
  let slot = edgeHash(node, id) & mask;
  for (;;) {
    const at = slot * 3;
    if (cells[at] === 0) return 0;
    if (cells[at] === node && cells[at + 1] === id) return cells[at + 2]!;
    slot = (slot + 1) & mask;
  }
}
