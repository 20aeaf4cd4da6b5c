import { LABELS, labelOf } from './labels.ts';
import { FILLER, NEGATIVES } from './negatives.ts';
import type { Rng } from './rng.ts';
import { GOVERNMENT } from './values-government.ts';
import { DIGITAL, FINANCIAL, HEALTH } from './values-other.ts';
import { LANGUAGES, type Language, PERSONAL, VEHICLE } from './values-personal.ts';

export interface Gold {
  start: number;
  end: number;
  type: string;
}

export interface LabelledDocument {
  id: string;
  format: string;
  language: Language;
  evasion: string | null;
  text: string;
  gold: Gold[];
  /** Where hard negatives stand. */
  negatives: { start: number; end: number }[];
}

/** Text under construction that remembers where each value was put. */
export class Builder {
  text = '';
  readonly gold: Gold[] = [];
  readonly negatives: { start: number; end: number }[] = [];

  add(text: string): this {
    this.text += text;
    return this;
  }

  value(type: string, value: string): this {
    this.gold.push({ start: this.text.length, end: this.text.length + value.length, type });
    return this.add(value);
  }

  negative(text: string): this {
    this.negatives.push({ start: this.text.length, end: this.text.length + text.length });
    return this.add(text);
  }
}

export const TYPES: readonly string[] = Object.keys(LABELS);
const MULTILINE = new Set(['PRIVATE_KEY']);

export function makeValue(type: string, r: Rng, language: Language): string {
  const personal = PERSONAL[type];
  if (personal) return personal(r, language);
  const maker =
    GOVERNMENT[type] ?? FINANCIAL[type] ?? HEALTH[type] ?? DIGITAL[type] ?? VEHICLE[type];
  if (!maker) throw new Error(`no values for ${type}`);
  return maker(r);
}

export type Write = (
  b: Builder,
  r: Rng,
  types: readonly string[],
  language: Language,
  put: Put,
) => void;
/** Writes one value (evaded or not) into the builder. */
export type Put = (b: Builder, type: string) => void;

const label = (r: Rng, type: string, language: Language) => r.pick(labelOf(type, language));
const key = (r: Rng, type: string) => r.pick(LABELS[type]!.keys);
const auth = (b: Builder, type: string): Builder =>
  type === 'BEARER_TOKEN' ? b.add('Bearer ') : b;

function form(b: Builder, r: Rng, types: readonly string[], language: Language, put: Put): void {
  const sep = r.pick([': ', ': ', ':\t', ' : ', ' - ', '.....: ']);
  for (const type of types) {
    auth(b.add(`${label(r, type, language)}${sep}`), type);
    put(b, type);
    b.add('\n');
    if (r.chance(0.15)) b.negative(r.pick(NEGATIVES)(r)).add('\n');
  }
}

function labelAbove(
  b: Builder,
  r: Rng,
  types: readonly string[],
  language: Language,
  put: Put,
): void {
  for (const type of types) {
    auth(b.add(`${label(r, type, language)}\n`), type);
    put(b, type);
    b.add('\n\n');
  }
}

const INTRO: Record<Language, readonly string[]> = {
  en: [
    'The file shows {L} {V}.',
    'We noted {L} {V} in the record.',
    'Please check {L}: {V}.',
    'Her {L} is {V}.',
    '{L} ({V}) was confirmed by phone.',
  ],
  fr: ['Le dossier indique {L} {V}.', 'Veuillez vérifier {L} : {V}.', 'Nous avons noté {L} {V}.'],
  de: ['In der Akte steht {L} {V}.', 'Bitte prüfen Sie {L}: {V}.', '{L} lautet {V}.'],
};

function prose(b: Builder, r: Rng, types: readonly string[], language: Language, put: Put): void {
  for (const type of types) {
    if (r.chance(0.5)) b.add(`${r.pick(FILLER[language])} `);
    const [before, after] = r
      .pick(INTRO[language])
      .replace('{L}', label(r, type, language))
      .split('{V}') as [string, string];
    auth(b.add(before), type);
    put(b, type);
    b.add(`${after} `);
    if (r.chance(0.25)) b.negative(r.pick(NEGATIVES)(r)).add(' ');
  }
  b.add('\n');
}

function csv(b: Builder, r: Rng, types: readonly string[], _language: Language, put: Put): void {
  const cols = types.filter((t) => !MULTILINE.has(t));
  const sep = r.pick([',', ';', '\t']);
  b.add(`id${sep}${cols.map((t) => key(r, t)).join(sep)}${sep}status\n`);
  for (let row = 1; row <= r.int(2, 5); row += 1) {
    b.add(`${row}${sep}`);
    for (const type of cols) {
      b.add('"');
      put(b, type);
      b.add(`"${sep}`);
    }
    b.add(`${r.pick(['open', 'closed', 'done'])}\n`);
  }
}

function markdownTable(
  b: Builder,
  r: Rng,
  types: readonly string[],
  language: Language,
  put: Put,
): void {
  const cols = types.filter((t) => !MULTILINE.has(t));
  b.add(
    `| ${cols.map((t) => label(r, t, language)).join(' | ')} |\n|${cols.map(() => '---').join('|')}|\n`,
  );
  for (let row = 0; row < r.int(1, 4); row += 1) {
    b.add('| ');
    cols.forEach((type, i) => {
      put(b, type);
      b.add(i < cols.length - 1 ? ' | ' : ' |\n');
    });
  }
}

function json(b: Builder, r: Rng, types: readonly string[], _language: Language, put: Put): void {
  b.add('{\n  "id": 17,\n  "record": {\n');
  const cols = types.filter((t) => !MULTILINE.has(t));
  cols.forEach((type, i) => {
    auth(b.add(`    "${key(r, type)}": "`), type);
    put(b, type);
    b.add(`"${i < cols.length - 1 ? ',' : ''}\n`);
  });
  b.add('  },\n  "version": "2.4.1"\n}\n');
}

function yaml(b: Builder, r: Rng, types: readonly string[], _language: Language, put: Put): void {
  b.add('record:\n');
  for (const type of types.filter((t) => !MULTILINE.has(t))) {
    const quote = r.pick(['"', '"', "'"]);
    auth(b.add(`  ${key(r, type)}: ${quote}`), type);
    put(b, type);
    b.add(`${quote}\n`);
  }
}

function env(b: Builder, r: Rng, types: readonly string[], _language: Language, put: Put): void {
  for (const type of types.filter((t) => !MULTILINE.has(t))) {
    auth(
      b.add(
        `${key(r, type)
          .replace(/([a-z])([A-Z])/g, '$1_$2')
          .toUpperCase()}="`,
      ),
      type,
    );
    put(b, type);
    b.add('"\n');
  }
}

function xml(b: Builder, r: Rng, types: readonly string[], _language: Language, put: Put): void {
  b.add('<record>\n');
  for (const type of types) {
    const name = key(r, type);
    auth(b.add(`  <${name}>`), type);
    put(b, type);
    b.add(`</${name}>\n`);
  }
  b.add('</record>\n');
}

function log(b: Builder, r: Rng, types: readonly string[], _language: Language, put: Put): void {
  for (const type of types.filter((t) => !MULTILINE.has(t))) {
    auth(
      b.add(
        `2026-11-${String(r.int(1, 28)).padStart(2, '0')}T0${r.int(1, 9)}:12:44Z INFO request done ${key(r, type)}="`,
      ),
      type,
    );
    put(b, type);
    b.add(`" status=200 ms=${r.int(1, 900)}\n`);
  }
}

function code(b: Builder, r: Rng, types: readonly string[], _language: Language, put: Put): void {
  b.add('import { connect } from "./db";\n\n');
  for (const type of types.filter((t) => !MULTILINE.has(t))) {
    auth(b.add(`const ${key(r, type).replace(/[^A-Za-z0-9_]/g, '_')} = "`), type);
    put(b, type);
    b.add('";\n');
  }
  b.add('const retries = 3;\nconnect({ retries, timeout: 30000 });\n');
}

function chat(b: Builder, r: Rng, types: readonly string[], language: Language, put: Put): void {
  for (const type of types) {
    b.add(
      `[${r.int(10, 18)}:${r.int(10, 59)}] ${r.pick(['agent', 'customer'])}: ${r.pick(['', 'ok, ', 'sure. '])}${label(r, type, language)} ${r.pick(['is ', '= ', ''])}`,
    );
    put(auth(b, type), type);
    b.add('\n');
  }
}

function alignedTable(
  b: Builder,
  r: Rng,
  types: readonly string[],
  language: Language,
  put: Put,
): void {
  for (const type of types) {
    auth(b.add(label(r, type, language).padEnd(38)), type);
    put(b, type);
    b.add('\n');
  }
}

export const FORMATS: Record<string, Write> = {
  form,
  labelAbove,
  prose,
  csv,
  markdownTable,
  json,
  yaml,
  env,
  xml,
  log,
  code,
  chat,
  alignedTable,
};

export function language(r: Rng): Language {
  return r.pick([...LANGUAGES, 'en']);
}
