/** A name in capitals and guillemets, `«DUPONT»`, is written like a marker and is none. */
import { markerOf } from '../../../../shared/redaction/marker.ts';
import { TYPES } from '../../../../shared/redaction/types.ts';
import { GIVEN, type Lexicon, NOT_NAME, ROOT_LABEL, SURNAME } from '../scan/lexicon.ts';
import { flagsOf } from './grammar.ts';

const KNOWN: ReadonlySet<string> = new Set(TYPES.map((info) => markerOf(info.type)));

/**
 * Whether text of the form of a marker is a listed name. Markers of types this program does not know
 * (custom patterns, plugged-in detectors) stay markers unless they are called like a person.
 */
export function isQuotedName(lexicon: Lexicon, marker: string): boolean {
  if (KNOWN.has(marker) || !/^«[A-Z]{2,24}»$/.test(marker)) return false;
  const flags = flagsOf(lexicon, marker.slice(1, -1));
  return (flags & (GIVEN | SURNAME)) !== 0 && (flags & (NOT_NAME | ROOT_LABEL)) === 0;
}
