import type { Rng } from './rng.ts';

const HEX = '0123456789abcdef';
const two = (n: number) => String(n).padStart(2, '0');

/** Text that looks like personal data and is none. */
export const NEGATIVES: readonly ((r: Rng) => string)[] = [
  (r) =>
    `Released on ${r.int(2019, 2026)}-${two(r.int(1, 12))}-${two(r.int(1, 28))} as version ${r.int(1, 9)}.${r.int(0, 20)}.${r.int(0, 9)}.`,
  (r) => `See section ${r.int(1, 9)}.${r.int(1, 9)}.${r.int(1, 9)}.${r.int(1, 9)} of the standard.`,
  (r) => `The object identifier is 1.3.6.1.4.1.${r.int(100, 99999)}.${r.int(1, 9)}.`,
  (r) => `Order number ${r.digits(9)} was shipped; tracking 1Z${r.digits(6)}${r.digits(10)}.`,
  (r) => `The build has commit ${r.chars(HEX, 40)}.`,
  (r) => `SHA-256: ${r.chars(HEX, 64)}`,
  (r) =>
    `Request id ${r.chars(HEX, 8)}-${r.chars(HEX, 4)}-4${r.chars(HEX, 3)}-a${r.chars(HEX, 3)}-${r.chars(HEX, 12)} took ${r.int(1, 900)} ms.`,
  (r) => `ISBN 978-3-16-148410-${r.int(0, 9)}, ${r.int(100, 900)} pages.`,
  (r) =>
    `SKU ${r.chars('ABCDEFGH', 3)}-${r.digits(5)} costs ${r.int(3, 900)}.${two(r.int(0, 99))}.`,
  (r) => `The form number 000-${r.digits(2)}-${r.digits(4)} is obsolete.`,
  (r) => `Sample ${r.int(901, 999)}-00-${r.digits(4)} was discarded.`,
  (r) => `Listen on 127.0.0.1:${r.int(1024, 65535)} with netmask 255.255.255.0.`,
  (r) =>
    `The screen ratio is ${r.pick(['16/9', '120/80', '4/3'])} and the zoom ${r.int(1, 9)}.${r.digits(2)}.`,
  (r) =>
    `Meeting on ${r.pick(['Monday', 'Tuesday'])} ${r.int(1, 28)} ${r.pick(['May', 'June', 'October'])} 2026 at ${two(r.int(8, 17))}:30 in room ${r.int(100, 420)}.`,
  (r) => `Timestamp ${1_700_000_000 + r.int(0, 90_000_000)} (Unix time).`,
  (r) =>
    `The values ${r.int(1, 99)}.${r.digits(2)}, ${r.int(1, 99)}.${r.digits(2)} and ${r.int(1, 99)}.${r.digits(2)} were averaged.`,
  () => 'The encoding follows ISO-8601 and UTF-8; hashes are SHA-256.',
  (r) => `Chapter ${r.int(1, 20)}, page ${r.int(1, 400)}, table ${r.int(1, 12)}-${r.int(1, 9)}.`,
  (r) =>
    `Invoice total: ${r.int(1, 90)},${r.digits(3)}.${r.digits(2)} EUR, due in ${r.int(10, 60)} days.`,
  (r) =>
    `Part number ${r.digits(4)}-${r.digits(4)}-${r.digits(4)}-${r.digits(3)} replaces the old one.`,
  () => 'Set PASSWORD=${DB_PASSWORD} and API_KEY=<your-api-key> in the environment.',
  () => 'The password must have at least twelve characters.',
  (r) =>
    `Error code E${r.digits(4)} in module A${r.int(10, 99)}.${r.int(0, 9)}; see ticket #${r.digits(5)}.`,
  (r) =>
    `Population grew from ${r.digits(7)} to ${r.digits(7)} between ${r.int(1950, 1990)} and ${r.int(1991, 2020)}.`,
  () => 'Contact your administrator or call the number on your card.',
  () => 'The age of the system is not known; the name of the file is report.txt.',
];

export const FILLER = {
  en: [
    'The committee met in the afternoon and approved the report.',
    'No further action is required at this time.',
    'Please return the signed form before the end of the month.',
    'The shipment arrived two days late because of the weather.',
    'All figures are preliminary and will be reviewed.',
    'The heating in the second building has been repaired.',
  ],
  fr: [
    'Le comité a approuvé le rapport dans l’après-midi.',
    'Aucune autre action n’est nécessaire pour le moment.',
    'Merci de renvoyer le formulaire signé avant la fin du mois.',
    'La livraison est arrivée avec deux jours de retard.',
  ],
  de: [
    'Der Ausschuss hat den Bericht am Nachmittag genehmigt.',
    'Weitere Schritte sind zurzeit nicht nötig.',
    'Bitte senden Sie das unterschriebene Formular bis Monatsende zurück.',
    'Die Lieferung kam wegen des Wetters zwei Tage zu spät.',
  ],
} as const;
