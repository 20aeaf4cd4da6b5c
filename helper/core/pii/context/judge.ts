/** Whether what stands beside a label is its value: short labels and bare words prove little alone. */
import { type Candidate, CUE_FIELD, type LabelHit, type LabelMeaning } from '../model.ts';
import type { Scan } from '../scan/scan.ts';
import { LOGS_IN } from '../secrets/usernames.ts';
import type { Slot } from './slots.ts';

/** Readings of a short label that its surroundings rule out. */
export function isOutOfPlace(text: string, label: LabelHit, slot: Slot, found: Candidate): boolean {
  const glued = slot.at === label.end;
  const query =
    /[?&]/.test(text.charAt(label.start - 1)) || /[?&]/.test(text.charAt(label.start - 5));
  switch (found.type) {
    case 'POSTAL_CODE':
    case 'PIN':
      // cp1252
      return glued;
    case 'VITAL_SIGN':
      return slot.mode === 'plain' && isOfThing(text, label.start);
    case 'IPV4':
      // `Server version: 10.4.1.2`, `version du client : 12.4.0.118`
      return VERSION_OF.test(text.slice(Math.max(0, label.start - 30), slot.at));
    case 'AGE':
      return (
        glued ||
        LIMIT_OF.test(text.slice(Math.max(0, label.start - 20), label.start)) ||
        STATISTIC.test(text.slice(Math.max(0, label.start - 50), label.start)) ||
        /max[-_ ]?$|min[-_ ]?$/i.test(text.slice(Math.max(0, label.start - 4), label.start))
      );
    case 'MRN':
      return text.slice(label.start, label.end) === 'pid' && found.end - found.start < 6;
    case 'STUDENT_ID':
    case 'GROUP_NUMBER':
      return query;
    case 'POLICY_NUMBER':
      return text.charCodeAt(label.start - 1) === 45;
    default:
      return false;
  }
}

const VERSION_OF = /\b(?:versions?|versión|versione|firmware|build|release)\b[^\n]{0,24}$/i;

/** `below the age of 40`: a limit, nobody's age. */
const LIMIT_OF =
  /\b(?:below|above|over|under|until|before|after|from|reach(?:es|ed|ing)?|attain(?:s|ed|ing)?|minimum|maximum|legal|up to) (?:the |an? )?$/i;

/** `48 % passed at age 16`: the age of many. */
const STATISTIC =
  /%|\b(?:median|mean|average|cohorts?|rates?|pupils|children|adults|persons|people|students|millions?)\b[^.\n]*$/i;

/** `bench height 45 cm`: the word before says what is measured, and it is no person. */
function isOfThing(text: string, at: number): boolean {
  const before = /([a-z]{3,20}) $/.exec(text.slice(Math.max(0, at - 24), at))?.[1];
  return before !== undefined && !OF_PERSONS.test(before);
}

const OF_PERSONS =
  /^(?:his|her|their|body|current|the|and|with|baseline|birth|dry|admission|discharge|patient|maternal|stated|actual|ideal|total|today|now|has|was|son|sein|ihr|aktuelles|mit|und|avec|con|peso|sitting|standing|heart|pulse|resp|oral|tympanic|core|max)$/;

/** A bare word such as `age` or `SIN` needs a separator, or a value that proves itself. */
export function fieldHolds(
  scan: Scan,
  meaning: LabelMeaning,
  slot: Slot,
  found: Candidate,
  labelEnd: number,
): boolean {
  if (meaning.cue !== CUE_FIELD || slot.mode === 'field' || slot.mode === 'above') return true;
  if (found.checked || SHAPED.has(found.type)) return true;
  // `policy HO-82219-79539`: letters and digits that nothing but a number of its kind has.
  if (CODED.has(found.type) && slot.mode === 'plain')
    return isCode(scan.text.slice(found.start, found.end)) && slot.at - 1 <= labelEnd;
  if (found.type === 'BANK_ACCOUNT' && scan.text.charCodeAt(slot.at - 1) === 40)
    return /^\d{8,17}$/.test(scan.text.slice(found.start, found.end));
  if (found.type === 'BANK_ACCOUNT' && AT_BANK.test(scan.text.slice(found.end, found.end + 48)))
    return /^\d{7,17}$/.test(scan.text.slice(found.start, found.end));
  if (found.type === 'BANK_ACCOUNT')
    return (
      ABROAD.test(found.evidence[1] ?? '') &&
      /^[\d -]{6,}$/.test(scan.text.slice(found.start, found.end))
    );
  if (found.type === 'CARD_CVV') return cardBefore(scan, found.start);
  if (found.type === 'EMPLOYEE_ID')
    return (
      scan.text.charCodeAt(slot.at - 1) === 32 &&
      /\d{4}/.test(scan.text.slice(found.start, found.end))
    );
  if (found.type === 'AGE')
    return /^(?:[.,;)!\n]|$| in | and | et | und )/.test(scan.text.slice(found.end, found.end + 5));
  if (found.type === 'USERNAME')
    return (
      // `User a.petrosyan cannot log in`: an initial and a family name
      /^[a-z][._][a-z]{4,}$/.test(scan.text.slice(found.start, found.end)) ||
      LOGS_IN.test(scan.text.slice(Math.max(0, slot.at - 40), slot.at)) ||
      // `login `oncall-eu``: quoted, and no word
      (slot.quote === '`' && /[a-z][-_.][a-z]|\d/.test(scan.text.slice(found.start, found.end))) ||
      // `(identifiant ecastaing)`
      (scan.text.charCodeAt(found.end) === 41 && FOREIGN_LOGIN.test(found.evidence[1] ?? '')) ||
      (/[\d_]/.test(scan.text.slice(found.start, found.end)) &&
        (FOREIGN_LOGIN.test(found.evidence[1] ?? '') ||
          /\b(?:invalid|unknown|for|failed) user $/i.test(
            scan.text.slice(Math.max(0, slot.at - 14), slot.at),
          )))
    );
  if (found.type !== 'PASSWORD') return false;
  const value = scan.text.slice(found.start, found.end);
  return /\d/.test(value) && /[A-Za-z]/.test(value) && /[^A-Za-z0-9.,/-]/.test(value);
}

/** Types that `fieldHolds` judges by their value. */
export const PROVEN_BARE = [
  'CARD_CVV',
  'EMPLOYEE_ID',
  'AGE',
  'USERNAME',
  'PASSWORD',
  'POLICY_NUMBER',
  'CLAIM_NUMBER',
  'GROUP_NUMBER',
  'MEMBER_ID',
  'PRIOR_AUTH',
  'BANK_ACCOUNT',
  'US_DRIVER_LICENSE',
  'STUDENT_ID',
];

/** Numbers of insurers after one bare word. */
const CODED = new Set([
  'US_DRIVER_LICENSE',
  'STUDENT_ID',
  'POLICY_NUMBER',
  'CLAIM_NUMBER',
  'GROUP_NUMBER',
  'MEMBER_ID',
  'PRIOR_AUTH',
]);

/** `account 4471209933 at Bay Bank` */
const AT_BANK =
  /^ (?:at|with|held at|bei der|bei|en el|en|chez|presso) [^.,;\n]{0,30}\b(?:bank|banque|banco|banca|sparkasse|crédit|credit union|building society)\b/i;

const ABROAD = /:(?:konto|compte|cuenta|conto|conta)/;

function isCode(value: string): boolean {
  return (
    /[A-Z]/.test(value) &&
    (value.match(/\d/g)?.length ?? 0) >= 5 &&
    !/^(?:CVE|RFC|ISO|GH|PR|IEEE)/.test(value)
  );
}

/** Words that mean a login name and nothing else in running text. */
const FOREIGN_LOGIN =
  /:(?:identifiant|utilisateur|benutzer|nutzer|kennung|usuario|utente|login|pseudo)/;

/** Types whose own shape is telling enough beside a bare word. */
export const SHAPED = new Set(['UK_SORT_CODE', 'FR_CNI', 'IN_PAN', 'US_EIN']);

const CARD_REACH = 60;
/** What is found arrives nearly in order: a card further back in the list stands elsewhere. */
const LOOK_BACK = 500;

/** A card number just before a bare `CVV`. */
function cardBefore(scan: Scan, at: number): boolean {
  const { found } = scan;
  for (let i = found.length - 1; i >= Math.max(0, found.length - LOOK_BACK); i--) {
    const c = found[i]!;
    if (c.type === 'CREDIT_CARD' && c.end < at && at - c.end < CARD_REACH) return true;
  }
  return false;
}
