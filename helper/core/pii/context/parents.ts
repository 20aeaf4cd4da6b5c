/**
 * Keys that mean something only under their parent: `patient: {id: ...}`, `name: {family: ...}`,
 * `<Employee><Id>`, and pairs that name a field in one value and give it in the next
 * (`{"name": "ssn", "value": "..."}`). The parent and the key together are looked up as a label.
 */
import { CUE_FIELD, CUE_LABEL, type LabelMeaning } from '../model.ts';
import { foldWord, isAlnum } from '../scan/chars.ts';
import { CHILD, type Lexicon, splitWords, step } from '../scan/lexicon.ts';
import { type Scan, triggered } from '../scan/scan.ts';
import { hashWord, lookup } from '../scan/tokens.ts';
import { JsonParents } from './json-parents.ts';
import { XmlParents, YamlParents } from './markup-parents.ts';
import { type Applier, readAt, readList } from './match.ts';
import type { Slot } from './slots.ts';

/** Keys that take their meaning from the key above them. */
export const CHILD_KEYS: readonly string[] =
  'id number no nr num nummer numero value code identifier ref reference first last middle given family full surname forename extension text display start date login street line zip phone'.split(
    ' ',
  );

/** How far back an object that names its own kind is looked for. */
const REACH = 600;

interface Value {
  start: number;
  end: number;
  quote: string;
}

/** Last place of a character in `stop..from`, or -1: never looks further back. */
function lastWithin(text: string, code: number, from: number, stop: number): number {
  for (let i = from; i >= stop && i >= 0; i--) if (text.charCodeAt(i) === code) return i;
  return -1;
}

const JSON_VALUE = /"\s{0,4}:\s{0,8}\[?\s{0,8}(?:"([^"\n]{1,120})"|(-?\d{1,30}))/y;
const YAML_VALUE =
  /["']?:[ \t]{1,8}(?:"([^"\n]{1,120})"|'([^'\n]{1,120})'|([^\s"'#{[|>&*][^\n#,}]{0,100}))/y;
const XML_VALUE = />([^<>\n]{1,120})<\//y;
const ATTRIBUTE_VALUE = /="([^"\n]{1,120})"/y;

function heldBy(re: RegExp, text: string, at: number): Value | null {
  re.lastIndex = at;
  const match = re.exec(text);
  if (match === null) return null;
  const raw = (match[1] ?? match[2] ?? match[3] ?? '').trimEnd();
  if (raw === '') return null;
  const start = at + match[0].lastIndexOf(raw);
  const before = text.charAt(start - 1);
  return { start, end: start + raw.length, quote: /["']/.test(before) ? before : '' };
}

interface Parents {
  json: JsonParents;
  yaml: YamlParents;
  xml: XmlParents;
}

/** Where a key word stands: the value it holds and the key above it. */
function place(
  text: string,
  { json, yaml, xml }: Parents,
  start: number,
  end: number,
): { value: Value; parent: string } | null {
  const before = text.charAt(start - 1);
  const after = text.charAt(end);
  if (before === '"' && after === '"') {
    const value = heldBy(JSON_VALUE, text, end);
    return value === null ? null : { value, parent: json.at(start) };
  }
  if (before === '<' && after === '>') {
    const value = heldBy(XML_VALUE, text, end);
    return value === null ? null : { value, parent: xml.at(start - 1) };
  }
  if (after === '=' && before === ' ') {
    const value = heldBy(ATTRIBUTE_VALUE, text, end);
    const open = lastWithin(text, 60, start, start - 300);
    if (value === null || open < 0) return null;
    return { value, parent: xml.at(open) };
  }
  if (after === ':' || (after === '"' && text.charAt(end + 1) === ':')) {
    const value = heldBy(YAML_VALUE, text, end);
    if (value === null) return null;
    const head = text.slice(lastWithin(text, 10, start - 1, start - 90) + 1, start).slice(-90);
    if (/^\s+(?:- )?["']?$/.test(head)) return { value, parent: yaml.at(start) };
    if (/[{,]\s{0,4}$/.test(head)) return { value, parent: json.at(start) };
  }
  return null;
}

/** Words of a key as the tokeniser cuts them; a plural names the kind of its members. */
function keyWords(key: string): string[] {
  return splitWords(key.replace(/^.*:/, '')).filter(
    (w) => !/^(?:role|info|details|data|record|s)$/.test(w),
  );
}

function walk(lexicon: Lexicon, words: readonly string[]): readonly LabelMeaning[] {
  let node = 0;
  for (const word of words) {
    const id = lookup(lexicon.table, hashWord(word), word.length);
    node = step(lexicon, node, id);
    if (node === 0) return [];
  }
  return lexicon.meanings[node] ?? [];
}

function singular(words: readonly string[]): string[] {
  const last = words[words.length - 1] ?? '';
  return [...words.slice(0, -1), last.replace(/s$/, '')];
}

/** What parent and key mean together, in either order. */
export function meaningOf(lexicon: Lexicon, parent: string, key: string): readonly LabelMeaning[] {
  const above = keyWords(parent);
  const own = splitWords(key);
  if (above.length === 0 || above.length > 4 || own.length === 0) return [];
  const forms = [above, singular(above), above.slice(-1), singular(above.slice(-1))];
  for (const form of forms) {
    const found = walk(lexicon, [...form, ...own]);
    if (found.length > 0) return found;
  }
  const last = above[above.length - 1]!;
  if (!/^(?:name|names|nom|nombre|nome)$/.test(last)) return [];
  // `"name": [{"text": "Ada Byron"}]`
  return walk(lexicon, own[0] === 'text' ? ['full', 'name'] : [...own, 'name']);
}

/** Types that a number under a parent must not be taken for. */
const NEVER = new Set(['USERNAME', 'PASSWORD', 'PIN', 'AGE', 'GENERIC_API_KEY']);

function apply(
  scan: Scan,
  applier: Applier,
  meanings: readonly LabelMeaning[],
  value: Value,
  label: string,
): void {
  const slot: Slot = { at: value.start, mode: 'field', quote: value.quote, limit: value.end };
  for (const meaning of meanings) {
    if (meaning.cue !== CUE_LABEL && meaning.cue !== CUE_FIELD) continue;
    if (NEVER.has(meaning.type)) continue;
    const found = readAt(scan, applier, meaning.type, slot, label);
    if (found === null || found.end - found.start < (value.end - value.start) * 0.6) continue;
    scan.found.push(found);
    readList(scan, applier, found, { ...slot, limit: -1 }, label);
  }
}

const NAMED =
  /"(?:name|key|label|type|field|code|question|linkId|attribute|property|system)"\s{0,4}:\s{0,8}"([^"\n]{2,60})"/g;

/** `{"name": "ssn", "value": "..."}`: the label stands in a sibling. */
function siblingLabel(
  scan: Scan,
  start: number,
): { meanings: readonly LabelMeaning[]; label: string } {
  const open = openBrace(scan.text, start);
  if (open < 0) return { meanings: [], label: '' };
  const head = scan.text.slice(open, start);
  for (const match of head.matchAll(NAMED)) {
    const label = identifierName(match[1]!);
    const meanings = walk(scan.lexicon, splitWords(label));
    if (meanings.length > 0) return { meanings, label };
  }
  return { meanings: [], label: '' };
}

/** Start of the outermost object around `at` within reach, so that nested codings are seen. */
function openBrace(text: string, at: number): number {
  let depth = 0;
  for (let i = at - 1; i >= Math.max(0, at - REACH); i--) {
    const c = text.charCodeAt(i);
    if (c === 125) depth++;
    else if (c === 123) {
      if (depth === 0) return i;
      depth--;
    }
  }
  return -1;
}

/** Codes of identifier kinds in health records (HL7 table 0203) and the ends of system addresses. */
const KINDS: Readonly<Record<string, string>> = {
  MR: 'mrn',
  PI: 'mrn',
  SS: 'ssn',
  SB: 'ssn',
  DL: 'driver license number',
  PPN: 'passport number',
  NPI: 'npi',
  MB: 'member id',
  SN: 'subscriber number',
  EI: 'employee number',
  TAX: 'ein',
  MC: 'medicare number',
};

function identifierName(value: string): string {
  return KINDS[value] ?? value.slice(value.lastIndexOf('/') + 1);
}

/** The resource an `id` belongs to when the object says so itself. */
function resourceOf(text: string, at: number): string {
  const open = openBrace(text, at);
  if (open < 0) return '';
  return /"resourceType"\s{0,4}:\s{0,4}"([A-Za-z]{2,40})"/.exec(text.slice(open, at))?.[1] ?? '';
}

const REFERENCE = /"(Patient|Practitioner|Person|RelatedPerson)\/([A-Za-z0-9.-]{3,64})"/g;

function readReferences(scan: Scan): void {
  const { text } = scan;
  if (!triggered(scan, 'patient').some((at) => text.startsWith('"Patient/', at - 1))) return;
  for (const match of text.matchAll(REFERENCE)) {
    if (match[1] !== 'Patient') continue;
    const start = match.index + match[0].indexOf('/') + 1;
    scan.found.push({
      start,
      end: start + match[2]!.length,
      type: 'MRN',
      score: 0.8,
      checked: false,
      evidence: ['mrn', 'label:patient', 'by:reference'],
    });
  }
}

/** Reads every key that leans on its parent or on a sibling. */
export function readParents(scan: Scan, applier: Applier): void {
  const { text, tokens } = scan;
  const { bits } = tokens;
  const parents: Parents = {
    json: new JsonParents(text),
    yaml: new YamlParents(text),
    xml: new XmlParents(text),
  };
  for (const t of tokens.marked) {
    if ((bits[t]! & CHILD) === 0) continue;
    const start = tokens.start[t]!;
    const end = tokens.end[t]!;
    const c = text.charCodeAt(end);
    if ((c !== 34 && c !== 58 && c !== 61 && c !== 62) || isAlnum(text.charCodeAt(start - 1)))
      continue;
    const at = place(text, parents, start, end);
    if (at === null) continue;
    const key = foldWord(text.slice(start, end));
    if (key === 'value') {
      const { meanings, label } = siblingLabel(scan, start);
      if (meanings.length > 0) {
        apply(scan, applier, meanings, at.value, label);
        continue;
      }
    }
    const parent = (key === 'id' && resourceOf(text, start)) || at.parent;
    if (parent === '') continue;
    const meanings = meaningOf(scan.lexicon, parent, key);
    apply(scan, applier, meanings, at.value, `${parent} ${key}`.toLowerCase());
  }
  readReferences(scan);
}
