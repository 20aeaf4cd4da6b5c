/** A name in capitals and guillemets, `«DUPONT»`, is written like a marker and is none. */
import { markerOf } from '../../../../shared/redaction/marker.ts';
import { TYPES } from '../../../../shared/redaction/types.ts';
import {
  COMMON,
  GIVEN,
  type Lexicon,
  NOT_NAME,
  ORGANISATION,
  ROOT_LABEL,
  STREET,
  SURNAME,
  TITLE,
} from '../scan/lexicon.ts';
import { flagsOf } from './grammar.ts';

const KNOWN: ReadonlySet<string> = new Set(TYPES.map((info) => markerOf(info.type)));

/** What recognisers of names call their findings besides the types known here. */
const OTHERS: ReadonlySet<string> = new Set(
  'PERSON PER ORG ORGANIZATION ORGANISATION LOC LOCATION GPE NRP MISC DATE TIME URL FAC NORP CITY STATE COUNTRY REDACTED'.split(
    ' ',
  ),
);
const NO_NAME = NOT_NAME | ROOT_LABEL;
const NO_UNLISTED = NO_NAME | COMMON | ORGANISATION | STREET | TITLE;

/**
 * Whether text of the form of a marker may be a name: a word that is listed as one, or that no list
 * knows. Markers of the policy's own patterns and of other recognisers stay markers.
 */
export function isQuotedName(lexicon: Lexicon, marker: string): boolean {
  if (KNOWN.has(marker) || !/^«[A-Z]{2,24}»$/.test(marker)) return false;
  const word = marker.slice(1, -1);
  if (OTHERS.has(word) || lexicon.markers.has(word)) return false;
  const flags = flagsOf(lexicon, word);
  if ((flags & (GIVEN | SURNAME)) !== 0) return (flags & NO_NAME) === 0;
  return word.length > 3 && (flags & NO_UNLISTED) === 0;
}
