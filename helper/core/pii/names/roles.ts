/**
 * Names told by the word beside them: `Ada Byron, Plaintiff`, `Ada Byron (sister)`,
 * `Ada Byron, RN`, `her husband, Ned`.
 */
import { COMMON, GIVEN, ROLE } from '../scan/lexicon.ts';
import { flagsAt, pushFound, type Scan } from '../scan/scan.ts';
import { FAMILY, readFamily } from './family.ts';
import { listed, readName } from './grammar.ts';

/** Words that stand after a name and say that it is one. */
export const ROLES: readonly string[] = (
  'plaintiff defendant petitioner respondent appellant appellee complainant decedent deceased landlord tenant lessor lessee borrower lender buyer seller purchaser vendor settlor grantor grantee testator executor executrix trustee beneficiary individual md rn np pa do lpn dds dmd pharmd esq phd cpa ' +
  'wife husband spouse sister brother mother father daughter son aunt uncle niece nephew grandmother grandfather grandson granddaughter cousin fiance fiancee stepson stepdaughter stepfather stepmother girlfriend boyfriend partner neighbor neighbour roommate flatmate housemate coworker voisin voisine colocataire nachbar nachbarin mitbewohner mitbewohnerin vecino vecina vicino vicina carer caregiver guardian ' +
  'bailleur bailleresse locataire acquereur acheteur vendeur demandeur demanderesse defendeur defenderesse epouse epoux mari femme soeur frere mere pere fille fils tante oncle grand conjoint conjointe compagne compagnon tuteur tutrice ' +
  'mieter mieterin vermieter vermieterin kaufer kauferin verkaufer verkauferin klager klagerin beklagte beklagter ehefrau ehemann schwester bruder mutter vater tochter sohn oma opa tante onkel grossmutter grossvater lebensgefahrte lebensgefahrtin betreuer betreuerin ' +
  'arrendador arrendatario comprador vendedor demandante demandado esposa esposo marido mujer hermana hermano madre padre hija hijo abuela abuelo tia tio hermanastra ' +
  'nee geborene geb speaking calling ' +
  'locatore conduttore acquirente venditore attore convenuto moglie marito sorella fratello figlia figlio nonna nonno zia zio compagna compagno'
)
  .split(' ')
  .concat(FAMILY);

const KIN =
  /^(?:ex-?)?(?:wife|husband|spouse|sister|brother|mother|father|daughters?|sons?|aunt|uncle|niece|nephew|grand\w+|cousin|fianc[ée]e?|step\w+|girlfriend|boyfriend|partner|neighbou?r|roommate|flatmate|housemate|coworker|voisine?|colocataire|nachbar(?:in)?|mitbewohner(?:in)?|vecin[oa]|vicin[oa]|carer|caregiver|épouse|époux|mari|femme|sœur|soeur|frère|mère|père|fille|fils|tante|oncle|conjointe?|compagn\w+|ehefrau|ehemann|schwester|bruder|mutter|vater|tochter|sohn|oma|opa|onkel|esposa|esposo|marido|mujer|herman[ao]|madre|padre|hij[ao]|abuel[ao]|t[ií][ao]|moglie|marito|sorella|fratello|figli[ao]|nonn[ao]|zi[ao])$/i;

const OWNER =
  /(?:\b(?:his|her|my|their|our|your|the|an|sa|son|ma|mon|leur|notre|votre|seine?|ihre?|meine?|unsere?|su|mi|sua?|la sua|il suo|mia|mio)|['’]s) (?:late |ex-|older |elder |younger |eldest |youngest |twin |only |two |three )?$/i;
const LINK = /(?:,? (?:named|called|namens|nommée?|prénommée?|llamad[ao]|di nome) |, | )/y;

/** `her husband, Ned Oakes`: a relation and then the name. */
function afterKin(scan: Scan, from: number, end: number): void {
  const { text, lexicon } = scan;
  const owned = OWNER.test(text.slice(Math.max(0, from - 18), from));
  LINK.lastIndex = end;
  const link = LINK.exec(text);
  if (link === null) return;
  const at = end + link[0].length;
  const read = readName(lexicon, text, at, { limit: Math.min(text.length, at + 60) });
  if (read === null) return;
  const l = listed(read);
  // `daughter Colette wants a call`: without whose, the name must be a given name.
  if (!owned) {
    const first = read.words[0]!;
    const given = (first.flags & GIVEN) !== 0 && (first.flags & COMMON) === 0;
    if (given && link[0] === ' ' && text.charCodeAt(from) >= 97)
      pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.58, 'name-role');
    return;
  }
  if (read.titled || l.given > 0)
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.72, 'name-role');
  else if (read.words.length >= 2 && l.unknown + l.surname === read.words.length)
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.6, 'name-role');
}

const BORN_AS = /^(?:née|nee|geborene|geb)$/i;
const ON_THE_LINE = /^(?:speaking|calling)$/i;

/** `Odile Marchand née PRIGENT`: the name a person was born with. */
function afterBorn(scan: Scan, end: number): void {
  // `geb. Petersen`
  const at = scan.text.charCodeAt(end) === 46 ? end + 1 : end;
  if (scan.text.charCodeAt(at) !== 32) return;
  const read = readName(scan.lexicon, scan.text, at + 1, {
    limit: Math.min(scan.text.length, end + 40),
  });
  if (read === null || read.words.length > 2) return;
  const l = listed(read);
  if (l.given + l.surname > 0 || l.common === 0)
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.7, 'name-role');
}

/** `This is Monique speaking`. */
function onTheLine(scan: Scan, from: number): void {
  const { text, lexicon } = scan;
  const stop = from - 1;
  for (const start of wordsBefore(text, stop)) {
    const head = text.slice(Math.max(0, start - 12), start);
    if (!/(?:this is|it['’]?s|c['’]est|you have) $/i.test(head)) continue;
    const read = readName(lexicon, text, start, { limit: stop });
    if (read !== null && read.end === stop)
      pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.7, 'name-role');
    return;
  }
}

const BETWEEN =
  /^(?:,|\(|, \(| \(| [-–—])? ?(?:["“„«'( ]{0,3}(?:(?:hereinafter|herein|referred to as|collectively|and|an?|the|his|her|my|their|ci-après|dénommée?|la|le|l['’]|die|der|das|nachfolgend|im Folgenden|seine|ihre|el|il|lo|en adelante|di seguito)[ "“„«']{1,3}){0,4})$/i;

/** Start offsets of the capitalised words that end at `end`, nearest first. */
function wordsBefore(text: string, end: number): number[] {
  const starts: number[] = [];
  let to = end;
  while (starts.length < 5) {
    let from = to;
    while (from > 0 && to - from < 26 && /[A-Za-z\u00c0-\u024f'’.-]/.test(text.charAt(from - 1)))
      from--;
    if (from === to || !/[A-Z\u00c0-\u00de]/.test(text.charAt(from))) break;
    starts.push(from);
    if (text.charCodeAt(from - 1) !== 32) break;
    to = from - 1;
  }
  return starts;
}

/** `Ada Byron (sister)`, `ADA BYRON, Plaintiff`: the name, and then what the person is. */
function beforeRole(scan: Scan, from: number, end: number): void {
  const { text, lexicon } = scan;
  const low = Math.max(0, from - 60);
  const head = text.slice(low, from);
  const mark = Math.max(
    head.lastIndexOf(','),
    head.lastIndexOf('('),
    head.lastIndexOf('–'),
    head.lastIndexOf('—'),
  );
  if (mark <= 0) return;
  let stop = low + mark;
  while (stop > low && /[ ,(]/.test(text.charAt(stop - 1))) stop--;
  if (!BETWEEN.test(text.slice(stop, from))) return;
  if (!/^(?:[,.;)"”»'’\n]|$| of | and | et | und | y | e )/.test(text.slice(end, end + 5))) return;
  const starts = wordsBefore(text, stop);
  for (let n = Math.min(starts.length, 4) - 1; n >= 0; n--) {
    const read = readName(lexicon, text, starts[n]!, { limit: stop });
    if (read === null || read.end !== stop) continue;
    if (!read.titled && read.words.length < 2) continue;
    const l = listed(read);
    if (l.given + l.surname > 0)
      pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.74, 'name-role');
    else if (l.common === 0)
      pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.58, 'name-role');
    return;
  }
}

const FAMILY_WORDS: ReadonlySet<string> = new Set([...FAMILY, 'söhne', 'töchter']);

/** Names by the roles and relations around them. */
export function scanRoles(scan: Scan): void {
  const { text, tokens } = scan;
  for (const t of tokens.marked) {
    if ((flagsAt(scan, t) & ROLE) === 0) continue;
    const from = tokens.start[t]!;
    const end = tokens.end[t]!;
    if (t > 0 && tokens.end[t - 1] === from) continue;
    const word = text.slice(from, end);
    // `do`, `pa`, `grand`: credentials are written in capitals.
    if (word.length <= 2 && word !== word.toUpperCase()) continue;
    if (BORN_AS.test(word)) {
      afterBorn(scan, end);
      continue;
    }
    if (ON_THE_LINE.test(word)) {
      onTheLine(scan, from);
      continue;
    }
    if (FAMILY_WORDS.has(word.toLowerCase())) readFamily(scan, word, end);
    if (KIN.test(word)) afterKin(scan, from, end);
    beforeRole(scan, from, end);
  }
}
