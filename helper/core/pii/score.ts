/** Last adjustments before thresholds: values that a label of something else points at. */
import { lowerThings } from './health/body.ts';
import type { Candidate } from './model.ts';
import type { Scan } from './scan/scan.ts';

const PENALTY = 0.4;
/** Formats that no order number or version takes by chance. */
const STRONG = 0.9;

/** Short cards share their lengths with account numbers: a label of another type wins. */
function lowerShortCards(scan: Scan): void {
  for (const candidate of scan.found) {
    if (candidate.type !== 'CREDIT_CARD' || candidate.evidence.length > 2) continue;
    if (
      candidate.end - candidate.start > 14 ||
      candidate.evidence.some((e) => e.startsWith('label:'))
    )
      continue;
    candidate.score = 0.55;
    candidate.checked = false;
  }
}

const MESSAGE_ID =
  /(?:^|\n)(?:message-id|in-reply-to|references|content-id|x-[a-z-]{1,30}id)\s*:[^\n]{0,200}<$/i;

/** Between angle brackets in the header of a message stands its id, not an address. */
function dropMessageIds(scan: Scan): void {
  for (const candidate of scan.found) {
    if (candidate.type !== 'EMAIL' || scan.text.charCodeAt(candidate.start - 1) !== 60) continue;
    if (MESSAGE_ID.test(scan.text.slice(Math.max(0, candidate.start - 240), candidate.start)))
      candidate.score = 0;
  }
}

/** Pairs looked at on either side. */
const MOST_PAIRS = 20;

/** How many pairs stand in a row from `at` on, or with `step` -3 before it. */
function countPairs(text: string, at: number, step: number): number {
  const pair = step > 0 ? /^ [0-9A-Fa-f]{2}(?![A-Za-z0-9])/ : /^[^A-Za-z0-9][0-9A-Fa-f]{2} /;
  let pairs = 0;
  for (let i = at; pairs < MOST_PAIRS && i >= 0 && pair.test(text.slice(i, i + 4)); i += step)
    pairs++;
  return pairs;
}

/** How many pairs of hexadecimal digits stand in one row around a range. */
function pairsAround(text: string, start: number, end: number): number {
  return countPairs(text, start - 4, -3) + countPairs(text, end, 3) + (end - start + 1) / 3;
}

/** `dossier 0612345678`: ten digits of something that is no telephone. */
const THING =
  /\b(?:dossiers?|pièces?|lots?|r[ée]f(?:érence)?s?|commandes?|articles?|factures?|num[ée]ros?|n°|no|contrats?|colis|tickets?|ids?|s[ée]rie|serial|sku|batch|part|items?|orders?|invoices?|cases?|files?|ref|code|version|build|devis|bon|livraison|expédition|suivi|tracking|charge|artikel|auftrag|rechnung|pedido|factura|ordine|fattura|lotto|lote|catalogues?|catalogs?|modèles?|models?|produits?|products?|licences?|licen[sc]es?|comptes?|accounts?|transactions?|opérations?|paiements?|payments?|virements?|chèques?|abonnements?|réservations?|bookings?|dossards?|matricules?|identifiants?|membres?|clients?|customers?|élèves?|badges?|cartes?|cards?|lignes?|rows?|pages?|millions?|montants?|totaux|total|amounts?|timestamps?|epoch|offset|checksum|hash|isbn|ean|gtin|upc|code-barres|barcodes?)\b[^\p{L}\d\n]{0,4}(?:\p{L}{1,12}[^\p{L}\d\n]{1,3}){0,2}(?:n[°o]\.? ?)?$/iu;

/** `06 00 01 00 00 12 00` among more pairs is a dump of bytes; `sub=0982499914` is the value of a key. */
function isNoPhone(text: string, candidate: Candidate): boolean {
  const { start, end } = candidate;
  if (candidate.evidence[0] === 'phone-fr-bare')
    return (
      text.charCodeAt(start - 1) === 61 || THING.test(text.slice(Math.max(0, start - 48), start))
    );
  if (!/^0\d \d\d /.test(text.slice(start, start + 6))) return false;
  // Two numbers of five pairs each are two numbers.
  const pairs = pairsAround(text, start, end);
  return pairs >= 7 && pairs % 5 !== 0;
}

const VEHICLE =
  /\b(?:cars?|vans?|vehicles?|lorry|truck|golf|drove|driving|parked|motorbike|index|auto|wagen|pkw|fahrzeug|transporter|motorrad|voiture|véhicule|camionnette|moto|coche|vehículo|furgoneta|macchina|automobile|furgone|veicolo|vw|bmw|audi|ford|opel|toyota|renault|peugeot|citroën|fiat|seat|skoda|mercedes|volvo|nissan|honda|kia|hyundai|vauxhall|tesla)\b[^\n]{0,50}$/i;

/** A plate told by its shape counts where a vehicle is spoken of just before. */
function raisePlates(scan: Scan): void {
  for (const candidate of scan.found) {
    if (candidate.evidence[0] !== 'plate-shape' || candidate.evidence.length > 1) continue;
    const before = scan.text.slice(Math.max(0, candidate.start - 70), candidate.start);
    if (VEHICLE.test(before)) candidate.score = 0.66;
  }
}

const VERSION_OF =
  /\b(?:versions?|versión|versione|firmware|build|release)\b[^\n:=]{0,20}[:=] ?["']?$/i;

/** `node 24.1.0, electron 38.2.0.1`: programs and their versions, one after the other. */
const VERSIONED = /[a-z)] v?\d{1,4}\.\d{1,4}\.\d{1,5}(?![.\d])/g;

/** `'app'@'10.1.4.17'`, `//10.1.4.17`, `10.1.4.17:8080`: a host, however much it looks like a version. */
function raiseHosts(scan: Scan): void {
  for (const candidate of scan.found) {
    if (candidate.type !== 'IPV4' || candidate.evidence.length > 1) continue;
    const head = scan.text.slice(Math.max(0, candidate.start - 90), candidate.start);
    if (VERSION_OF.test(head.slice(-40)) || (head.match(VERSIONED)?.length ?? 0) >= 2)
      candidate.score = 0.3;
    if (candidate.evidence[0] !== 'ipv4-labelled') continue;
    const before = scan.text.slice(Math.max(0, candidate.start - 2), candidate.start);
    if (
      /@["']?$|\/\/$/.test(before) ||
      /^:\d{2,5}(?![\d.])/.test(scan.text.slice(candidate.end, candidate.end + 7))
    )
      candidate.score = 0.72;
  }
}

/** Numbers that stand in a row of others like them. */
function lowerRows(scan: Scan): void {
  const { text } = scan;
  for (const candidate of scan.found) {
    if (candidate.evidence.length > 1) continue;
    if (candidate.type === 'PHONE' && isNoPhone(text, candidate)) candidate.score = 0;
    if (
      candidate.evidence[0] === 'gps-pair-fine' &&
      /[\d.)\]] ?[,;] ?$/.test(text.slice(Math.max(0, candidate.start - 4), candidate.start))
    )
      candidate.score = 0;
  }
}

const OF_SOMEBODY = /\b(?:of|to|by|from|for|with|de|von|an|für|mit|par|por|di|da|con) $/;

function before(scan: Scan, candidate: Candidate): string {
  return scan.text.slice(Math.max(0, candidate.start - 8), candidate.start);
}

export function lowerNegatives(scan: Scan): void {
  dropMessageIds(scan);
  lowerShortCards(scan);
  lowerRows(scan);
  raisePlates(scan);
  raiseHosts(scan);
  lowerThings(scan);
  if (scan.negative.size === 0) return;
  for (const candidate of scan.found) {
    if (candidate.score >= STRONG || candidate.evidence.some((e) => e.startsWith('label:')))
      continue;
    // `the gate. He is 7 years old`: its own words say what the number is.
    if (!scan.negative.has(candidate.start) || candidate.evidence[0] === 'age-words') continue;
    // `in memory of Ada Byron`: what is somebody's is no number.
    if (candidate.type === 'PERSON_NAME' && OF_SOMEBODY.test(before(scan, candidate))) continue;
    candidate.score -= PENALTY;
    candidate.evidence.push('negative label');
  }
}
