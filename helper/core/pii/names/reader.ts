/** A name where a label, key or column points. */
import type { Reader } from '../context/match.ts';
import type { Slot } from '../context/slots.ts';
import type { Candidate } from '../model.ts';
import { COMMON, GIVEN, ORGANISATION, SURNAME } from '../scan/lexicon.ts';
import { listed, type NameRead, readName, flagsOf as wordFlags } from './grammar.ts';

/** Labels under which a single word is a whole value. */
const SINGLE =
  /preferred|nick|known as|called|first|last|given|family|surname|middle|forename|maiden|fname|lname|prenom|prénom|vorname|nachname|familienname|geburtsname|rufname|nom|apellido|cognome|zuname|nombre|nome|jeune fille|naissance|née|achternaam|voornaam/;
/** Labels that say person by themselves. */
const PERSONAL =
  /patient|client|customer|employee|insured|holder|member|applicant|beneficiary|claimant|guardian|mother|father|spouse|doctor|physician|provider|contact|full|legal|first|last|given|family|surname|maiden|prenom|prénom|nachname|vorname|kunde|versicherte|inhaber|assur|titulaire|salari|nombre y|apellido|cognome|mitarbeiter|arzt|médecin|medecin|student|kontoinhaber|adhérent|adherent|bénéficiaire|beneficiaire|employé|employe|signed|passenger|tenant|driver|author|name of|witness|owner|cardholder|subscriber|dependent|next of kin|emergency|attn|attention|recipient|sender|mieter|antragsteller|ansprechpartner|nom et|prénom|chauffeur|étudiant|etudiant|élève|titolare|paziente|paciente|cliente|schüler|schueler|gesprächspartner|soussign|sottoscritt|firmante|dentist|officer|secretary|consultant|reporting to|reports to|zelle|venmo|bizum|debiteur|débiteur|deudor|debitore|schuldner|name is|m'appelle|heiße|heisse|llamo|chiamo|nurse|surgeon|teacher|parent|resident|candidate|manager|supervisor|reviewer|assignee|reporter/;

/** Said of nobody but a person: one word that no list knows is a whole name. */
const SAID =
  /^(?:my name is|my name.s|(?:you are )?chatting with|i am called|je m.appelle|ich hei(?:ß|ss)e|mein name ist|me llamo|mi nombre es|mi chiamo|il mio nome [eè])$/;

function candidate(read: NameRead, score: number, label: string, mode: string): Candidate {
  return {
    start: read.start,
    end: read.end,
    type: 'PERSON_NAME',
    score,
    checked: false,
    evidence: ['name', `label:${label}`, `by:${mode}`],
  };
}

export const readPersonName: Reader = (scan, given, label) => {
  const slot = behindKin(scan.text, given);
  if (slot.mode === 'near') return null;
  const { text, lexicon } = scan;
  if (HEADER_WORD.test(label) && !opensLine(text, slot.at, label)) return null;
  const field = slot.mode === 'field' || slot.mode === 'cell' || slot.mode === 'above';
  const limit = slot.limit >= 0 ? slot.limit : Math.min(text.length, slot.at + 80);
  const capital = /^[\s"'„“]*[A-Z\u00c0-\u00de]/.test(text.slice(slot.at, slot.at + 3));
  const own = readName(lexicon, text, slot.at, {
    limit,
    comma: true,
    labelled: field,
    ...(slot.mode === 'field' ? { wide: 'spaces' as const } : {}),
    lower: !capital && (slot.quote !== '' || field),
  });
  if (own === null || !endsWell(text, own, lexicon)) return null;
  const whole = slot.mode === 'field' && own.words.length === 1 && !SINGLE.test(label);
  const read = whole ? goingOn(text, own, lexicon) : own;
  const l = listed(read);
  const known = l.given + l.surname;
  const words = read.words.length;
  if (!capital) return words >= 2 && known >= 2 ? candidate(read, 0.66, label, slot.mode) : null;
  if (field) {
    if (known > 0 || read.titled) return candidate(read, 0.88, label, slot.mode);
    if (/^(?:to|from)$/.test(label) && l.common > 0) return null;
    // `Pt: Advised rest` tells what the patient was told.
    if (label === 'pt' && known === 0 && !read.inverted) return null;
    if (words >= 2 && l.common < words)
      return PERSONAL.test(label) || l.unknown > 0 ? candidate(read, 0.72, label, slot.mode) : null;
    const person = SINGLE.test(label);
    if (person && (l.unknown > 0 || hasName(read))) return candidate(read, 0.74, label, slot.mode);
    if (words === 1 && l.unknown > 0 && NAME_ALONE.test(label) && givenBelow(text, read.end))
      return candidate(read, 0.72, label, slot.mode);
    if (words >= 2 && PERSONAL.test(label) && hasName(read))
      return candidate(read, 0.7, label, slot.mode);
    return null;
  }
  if (read.titled) return candidate(read, 0.84, label, slot.mode);
  if (words >= 2 && known > 0) return candidate(read, l.given > 0 ? 0.8 : 0.68, label, slot.mode);
  if (words >= 2 && l.unknown > 0 && hasName(read)) return candidate(read, 0.62, label, slot.mode);
  if (words >= 2 && l.unknown === words && PERSONAL.test(label))
    return candidate(read, 0.56, label, slot.mode);
  if (words === 1 && l.given > 0 && PERSONAL.test(label))
    return candidate(read, 0.62, label, slot.mode);
  if (words === 1 && (SAID.test(label) || (SINGLE.test(label) && l.unknown + known > 0)))
    return candidate(read, 0.6, label, slot.mode);
  return null;
};

/** `NOK: son Ned Oakes`: what the person is, before the name. */
const KIN =
  /(?:son|daughter|wife|husband|mother|father|sister|brother|partner|spouse|fils|fille|épouse|époux|mère|père|sœur|frère|Sohn|Tochter|Ehefrau|Ehemann|Mutter|Vater|Schwester|Bruder|hij[oa]|espos[oa]|madre|padre|herman[oa]|figli[oa]|moglie|marito|sorella|fratello)[,:]? (?=[A-Z\u00c0-\u00de])/y;

function behindKin(text: string, slot: Slot): Slot {
  KIN.lastIndex = slot.at;
  const kin = KIN.exec(text);
  return kin === null ? slot : { ...slot, at: slot.at + kin[0].length };
}

const NEXT_LINE =
  /\r?\n[ \t]{0,3}(?=[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’-]{1,24}[ \t]{0,8}(?:\r?\n|,|$))/y;

/** `Patient name: DENISE` and ` STUBBS` alone on the next line. */
function goingOn(text: string, read: NameRead, lexicon: Parameters<typeof readName>[0]): NameRead {
  NEXT_LINE.lastIndex = read.end;
  const line = NEXT_LINE.exec(text);
  if (line === null) return read;
  const at = read.end + line[0].length;
  const next = readName(lexicon, text, at, { limit: Math.min(text.length, at + 40) });
  if (next === null || next.titled || next.words.length > 1) return read;
  const { flags } = next.words[0]!;
  if ((flags & SURNAME) === 0 || (flags & (COMMON | ORGANISATION)) !== 0) return read;
  return { ...read, words: [...read.words, ...next.words], end: next.end };
}

const NAME_ALONE = /^(?:name|nom|nombre|nome|naam)$/;

/** `Name  BRANDSTETTER` and `Vornamen  LEONIE` on the next line. */
function givenBelow(text: string, end: number): boolean {
  return /^[^\n]{0,40}\n[ \t]*(?:vornamen?|pr[ée]noms?|given|first|forenames?|nombres?|apellidos?|cognome|voornaam)\b/i.test(
    text.slice(end, end + 70),
  );
}

/** Words that name a person only where a line of a message begins: `A: `, `To: `, `De : `. */
const HEADER_WORD = /^(?:a|an|de|da|von|para)$/;

function opensLine(text: string, at: number, label: string): boolean {
  const head = text.slice(Math.max(0, at - 40), at);
  const line = head.slice(head.lastIndexOf('\n') + 1).toLowerCase();
  return /^[\s>*"'<_-]*$/.test(line.slice(0, Math.max(0, line.indexOf(label))));
}

function hasName(read: NameRead): boolean {
  return read.words.some((w) => (w.flags & (GIVEN | SURNAME)) !== 0);
}

/** What follows must not make the words part of something else (`Acme Data GmbH`, `John's`). */
function endsWell(text: string, read: NameRead, lexicon: Parameters<typeof readName>[0]): boolean {
  const next = readName(lexicon, text, read.end + 1, { limit: text.length });
  if (next === null && text.charCodeAt(read.end) === 32) {
    const word = /[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u017f]{1,20}/y;
    word.lastIndex = read.end + 1;
    const match = word.exec(text);
    if (match !== null && isOrganisation(lexicon, match[0])) return false;
  }
  return text.charAt(read.end) !== '@';
}

function isOrganisation(lexicon: Parameters<typeof readName>[0], word: string): boolean {
  return (wordFlags(lexicon, word) & ORGANISATION) !== 0;
}
