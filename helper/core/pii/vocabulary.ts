/** Collects the words and labels of all types into one lexicon. */

import { STREET_AFTER, STREET_BEFORE } from './address/words.ts';
import { CHILD_KEYS } from './context/parents.ts';
import { TOPIC_LABELS } from './context/topic.ts';
import { ANALYTES, DRUGS, VITALS } from './health/words.data.ts';
import {
  CUE_FIELD,
  CUE_LABEL,
  CUE_NEGATIVE,
  CUE_NEUTRAL,
  CUE_WEAK,
  type LabelMeaning,
  type LabelSource,
} from './model.ts';
import { GIVEN_NAMES } from './names/given.data.ts';
import { decodeList } from './names/lists.ts';
import { ORDINARY_WORDS } from './names/ordinary.data.ts';
import { ROLES } from './names/roles.ts';
import { SURNAMES } from './names/surname.data.ts';
import { NOT_NAMES, ORGANISATIONS, PARTICLES, TITLES } from './names/words.ts';
import { SPELLED_WORDS } from './normalise/spelled-edits.ts';
import {
  ALTERNATE,
  ANALYTE,
  buildLexicon,
  CHILD,
  COMMON,
  DRUG,
  FILLER,
  GIVEN,
  type Lexicon,
  NOT_NAME,
  ORGANISATION,
  PARTICLE,
  QUALIFIER,
  ROLE,
  SALUTE,
  STREET,
  SURNAME,
  TITLE,
  VITAL,
} from './scan/lexicon.ts';
import { NEGATIVE_LABELS, NEUTRAL_LABELS } from './types/negative.data.ts';

const FILLERS: readonly string[] = (
  'of the my your his her their our is was are were de d du des la le l les un une est sont mon ma votre sa son der die das den dem des ' +
  'ist war lautet lauten ihre ihr mein meine von vom zum zur del della di el los las es il lo e mi su tu sua mia van het en at on to as for ' +
  'with following listed recorded given reads stands being a an c s avec sous unter'
).split(' ');

const QUALIFIERS: readonly string[] =
  'no number num nr nbr id code value text string content field data nummer numero nos ids identifier primary secondary main home work alt alternate current full complete vollstandig complet new old us uk fr'.split(
    ' ',
  );

/** First words of salutations and sign-offs. */
const SALUTES: readonly string[] = (
  'dear hi hello hey good bonjour bonsoir salut cher chere chers coucou liebe lieber liebste hallo guten sehr geehrte geehrter moin servus hola estimado estimada querido querida buenos gentile caro cara egregio egregia ciao buongiorno beste geachte prezado prezada ' +
  'best kind warm warmest kindest regards sincerely yours respectfully cheers thanks thank many with cordialement bien sincerement salutations amicalement respectueusement merci mit freundliche viele herzliche hochachtungsvoll mfg lg vg gruss atentamente saludos un cordiali distinti saluti met confraternellement cdlt bises danke vielen grusse gracias muchas grazie abbracci thx rgds take all br kr'
).split(' ');

/**
 * Spellings of a drug name: French and German differ by a final `e`, Spanish and Italian by `-a` and
 * `-o`, Spanish also by single letters (`amoxicilina`, `fenitoína`).
 */
function spellingsOf(name: string): string[] {
  const stem = name.endsWith('e') ? name.slice(0, -1) : name;
  const forms = [name, stem, `${stem}e`];
  if (/(?:in|at|id|on|am)$/.test(stem)) forms.push(`${stem}a`, `${stem}o`);
  if (/(?:ol|il|an|en|ar|ax)$/.test(stem)) forms.push(`${stem}o`);
  const plain = (form: string) =>
    form
      .replace(/ph/g, 'f')
      .replace(/th/g, 't')
      .replace(/ch(?=[aelo])/g, 'c')
      .replace(/([lmnt])\1/g, '$1')
      .replace(/y/g, 'i');
  return [...forms, ...forms.map(plain)];
}

/** Abbreviations that prescriptions write before a dose and nothing else is called. */
const SHORT_DRUGS: ReadonlySet<string> = new Set(['gtn', 'hctz', 'asa']);

function drugNames(): string[] {
  const names = DRUGS.trim().split(/\s+/).flatMap(spellingsOf);
  return [...new Set(names)].filter((name) => name.length >= 5 || SHORT_DRUGS.has(name));
}

/** Phrases of a `;`-separated list. */
export function phrases(list: string): string[] {
  return list
    .split(';')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
}

/** Label tables write German words without marks; texts write `\u00df`, and `ae oe ue` where keys have no umlaut. */
const GERMAN_SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/\b(korper)?grosse\b/, '$1gro\u00dfe'],
  [/\b(korper)?grosse\b/, '$1groesse'],
  [/strasse/, 'stra\u00dfe'],
  [/massstab/, 'ma\u00dfstab'],
  [/gerat/, 'geraet'],
  [/fuhrer/, 'fuehrer'],
  [/schlussel/, 'schluessel'],
  [/korper/, 'koerper'],
  [/empfanger/, 'empfaenger'],
  [/ubernahme/, 'uebernahme'],
  [/uberweisung/, 'ueberweisung'],
  [/eigentumer/, 'eigentuemer'],
  [/schuler/, 'schueler'],
  [/geschadigt/, 'geschaedigt'],
  [/begunstigt/, 'beguenstigt'],
  [/beschaftigt/, 'beschaeftigt'],
  [/vollstandig/, 'vollstaendig'],
  [/bestatigung/, 'bestaetigung'],
  [/\bgultig\b/, 'gueltig'],
  [/arztin/, 'aerztin'],
];

/** Words of labels in which scans read `rn` for `m`. */
const SCANNED = /\b(?:name|nom|prenom|number|numero|member|email|cognome|nome|nombre|home|claim)\b/;

function spellings(label: string): string[] {
  const all = [label];
  if (SCANNED.test(label))
    all.push(label.replace(SCANNED, (word) => (word === 'home' ? word : word.replace('m', 'rn'))));
  for (const [plain, written] of GERMAN_SPELLINGS)
    if (plain.test(label)) all.push(label.replace(plain, written));
  return all;
}

function meant(list: string, type: string, cue: number): [string, LabelMeaning][] {
  return phrases(list)
    .flatMap(spellings)
    .map((label) => [label, { type, cue }]);
}

export function buildVocabulary(labels: LabelSource): Lexicon {
  const own = Object.entries(labels).flatMap(([type, source]) => [
    ...meant(source.labels, type, CUE_LABEL),
    ...meant(source.fields ?? '', type, CUE_FIELD),
  ]);
  const given = decodeList(GIVEN_NAMES);
  const surnames = decodeList(SURNAMES);
  const ambiguous = [...given, ...surnames].filter((w) => w.common).map((w) => w.word);
  return buildLexicon({
    words: [
      [GIVEN, given.map((w) => w.word)],
      [SURNAME, surnames.map((w) => w.word)],
      [COMMON, [...ambiguous, ...decodeList(ORDINARY_WORDS).map((w) => w.word)]],
      [TITLE, [...TITLES, 'm', 'me', 'pr', 'fr', 'don']],
      [PARTICLE, PARTICLES],
      [ORGANISATION, ORGANISATIONS],
      [NOT_NAME, NOT_NAMES],
      [SALUTE, SALUTES],
      [ALTERNATE, SPELLED_WORDS],
      [CHILD, CHILD_KEYS],
      [ROLE, ROLES],
      [VITAL, VITALS.trim().split(/\s+/)],
      [STREET, [...STREET_AFTER, ...STREET_BEFORE]],
      [DRUG, drugNames()],
      [ANALYTE, ANALYTES.trim().split(/\s+/)],
      [FILLER, FILLERS],
      [QUALIFIER, QUALIFIERS],
    ],
    labels: [
      ...own,
      ...Object.entries(TOPIC_LABELS).flatMap(([type, { labels: list }]) =>
        meant(list, type, CUE_WEAK),
      ),
      ...meant(NEGATIVE_LABELS, '-', CUE_NEGATIVE),
      ...meant(NEUTRAL_LABELS, '~', CUE_NEUTRAL),
    ],
  });
}
