/**
 * Words that name no kind of number by themselves (`our reference`, `unter der Nummer`, `serial
 * number`): what the number is follows from the last thing the text spoke of.
 */
import { CUE_WEAK, type LabelHit, type LabelSource } from '../model.ts';
import type { Scan } from '../scan/scan.ts';
import { type Applier, readAt } from './match.ts';
import { isClosingTag, slotAfter } from './slots.ts';

export const TOPIC_REFERENCE = '?reference';
export const TOPIC_SERIAL = '?serial';
export const TOPIC_ID = '?id';
export const TOPIC_ACCOUNT = '?account';

/** Label phrases whose type the text before them decides. */
export const TOPIC_LABELS: LabelSource = {
  [TOPIC_REFERENCE]: {
    labels: `
    reference; reference {no}; ref; ref {no}; our ref; our reference; your ref; your reference; file {no};
    file reference; case {no}; case reference; under {no}; under reference; under the number; under the reference;
    registered under; porte la reference; porte le numero; sous la reference; sous le numero;
    sous les references; enregistre sous; notre reference; nos references; vos references; dossier {num}; {num} de dossier;
    mit der nummer; unter der nummer; unter dem aktenzeichen; aktenzeichen; geschaftszeichen; unser zeichen; ihr zeichen;
    vorgangs{nr}; vorgang; tragt die nummer; mit der kennung; unter der referenz;
    con el numero; con la referencia; bajo el numero; bajo la referencia; lleva el numero; numero de expediente;
    expediente; nuestra referencia; su referencia; referencia; con il numero; con numero; porta il numero;
    numero di pratica; pratica; pratica {num}; nostro riferimento; vostro riferimento; riferimento`,
  },
  [TOPIC_SERIAL]: {
    labels: `
    serial {no}; serial; s n; sn; {num} de serie; {num} serie; numero di serie; matricola apparecchio;
    serien{nr}; seriennummer; geratenummer`,
  },
  [TOPIC_ID]: {
    labels:
      'id no; id number; identification {no}; identification; card {no}; carte {num}; ausweis{nr}; kunden{nr}',
  },
  [TOPIC_ACCOUNT]: { labels: 'account; a c; acct' },
};

const WINDOW = 260;

/** What a text speaks of, by the words it uses; an empty type is a thing of no person. */
const TOPICS: readonly (readonly [type: string, words: string])[] = [
  [
    'CLAIM_NUMBER',
    'claims?|loss(?: report)?|adjuster|sinistres?|d[ée]g[âa]ts?|schaden(?:s?fall|s?meldung|s?anzeige)?|schadens|unfall|siniestros?|accidente|sinistr[oi]|incidente|denuncia',
  ],
  [
    'POLICY_NUMBER',
    "polic(?:y|ies)|cover note|contrat d['’]assurance|assurance|police d['’]assurance|versicherung(?:svertrag|sschein)?|police|p[óo]liza|seguro|polizza|assicurazione",
  ],
  [
    'WIRE_REFERENCE',
    'wires?|wire transfer|bank transfer|transfers?|virement|überweisung|transferencia|bonifico|remittance|remitted',
  ],
  [
    'PRIOR_AUTH',
    'prior auth\\w*|pre-?auth\\w*|authori[sz]ation|accord préalable|prise en charge|kostenübernahme|genehmigung|autorizaci[óo]n previa|autorizzazione',
  ],
  [
    'MRN',
    'patient file|medical file|dossier médical|dossier patient|krankenakte|patientenakte|historia clínica|cartella clinica',
  ],
  [
    '',
    'orders?|invoices?|shipments?|parcels?|deliver(?:y|ies)|tickets?|bookings?|reservations?|commandes?|factures?|colis|devis|bestellung(?:en)?|rechnung(?:en)?|auftrag|lieferung|pedidos?|facturas?|ordin[ei]|fattur[ae]|products?|articles?|parts?|software|version|tender|patents?|projects?|court|judg(?:e)?ment|hearing|vacanc(?:y|ies)|job|grant|study|trial|planning|appl(?:y|ication)|permit|bug|issue|commit|iso|standard|norm',
  ],
];
const TOPIC = new RegExp(
  `(?<![\\p{L}\\d])(?:${TOPICS.map(([, words]) => `(${words})`).join('|')})(?![\\p{L}\\d])`,
  'giu',
);

const DEVICE =
  /(?<![\p{L}\d])(?:laptop|notebook|phone|handset|tablet|ipad|iphone|device|pump|pacemaker|implant|defibrillator|monitor|meter|glucometer|cpap|ventilator|inhaler|hearing aid|stent|prosthesis|workstation|macbook|thinkpad|appareil|pompe|prothèse|ordinateur|téléphone|gerät|herzschrittmacher|insulinpumpe|implantat|hörgerät|dispositivo|marcapasos|bomba|ordenador|portátil|pacemaker|protesi|apparecchio|microinfusore|portatile)(?![\p{L}\d])/iu;
const INSURER =
  /(?<![\p{L}\d])(?:insurance|insurer|health plan|coverage|payer|mutuelle|assurance|krankenkasse|versicherung|aseguradora|mutua|assicurazione|medicaid|medicare|blue ?cross|aetna|cigna|humana|kaiser)(?![\p{L}\d])/iu;
const SORT_CODE = /(?<!\d)\d\d[- ]\d\d[- ]\d\d(?!\d|[- ]\d)/;

/** The type of the last topic before an offset, or ''. */
function topicBefore(text: string, at: number): string {
  let from = Math.max(0, at - WINDOW);
  // The words of a paragraph, and a heading or first sentence above it.
  const blank = text.lastIndexOf('\n\n\n', at);
  if (blank > from) from = blank;
  let type = '';
  for (const match of text.slice(from, at).matchAll(TOPIC)) {
    for (let g = 1; g <= TOPICS.length; g++) if (match[g] !== undefined) type = TOPICS[g - 1]![0];
  }
  return type;
}

function typeOf(text: string, kind: string, start: number, at: number): string {
  if (kind === TOPIC_REFERENCE) return topicBefore(text, start);
  const line = text.slice(Math.max(0, start - 90), start);
  if (kind === TOPIC_SERIAL) return DEVICE.test(line) ? 'DEVICE_SERIAL' : '';
  if (kind === TOPIC_ID)
    return INSURER.test(line.slice(line.lastIndexOf('\n') + 1)) ? 'MEMBER_ID' : '';
  const around = text.slice(Math.max(0, start - 50), Math.min(text.length, at + 60));
  return SORT_CODE.test(around) ? 'BANK_ACCOUNT' : '';
}

function isWeak({ cues }: LabelHit): boolean {
  return (cues & (1 << CUE_WEAK)) !== 0;
}

/** Reads the values of labels that only the text before them explains. */
export function applyTopics(scan: Scan, applier: Applier): void {
  const { text } = scan;
  for (const label of scan.labels) {
    if (!isWeak(label) || isClosingTag(text, label)) continue;
    const slot = slotAfter(scan, label);
    if (slot === null || slot.mode === 'marker' || slot.mode === 'above') continue;
    // The value holds a number: nearly all labels of this kind stand before a word.
    if (!/^[A-Z0-9/.-]{0,12}\d/i.test(text.slice(slot.at, slot.at + 16))) continue;
    for (const meaning of label.meanings) {
      if (meaning.cue !== CUE_WEAK) continue;
      const type = typeOf(text, meaning.type, label.start, slot.at);
      if (type === '') continue;
      const name = text.slice(label.start, label.end).toLowerCase();
      const found = readAt(scan, applier, type, slot, name);
      if (found === null || !isNumber(text.slice(found.start, found.end), type)) continue;
      found.score = Math.min(found.score, 0.8);
      found.evidence.push('topic');
      scan.found.push(found);
    }
  }
}

/** An amount, a year or a short count is no number of a file. */
function isNumber(value: string, type: string): boolean {
  const digits = value.match(/\d/g)?.length ?? 0;
  if (type === 'BANK_ACCOUNT') return /^\d{7,10}$/.test(value);
  return digits >= (type === 'DEVICE_SERIAL' ? 3 : 5);
}
