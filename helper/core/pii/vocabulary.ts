/** Collects the words and labels of all types into one lexicon. */
import {
  CUE_FIELD,
  CUE_LABEL,
  CUE_NEGATIVE,
  CUE_NEUTRAL,
  type LabelMeaning,
  type LabelSource,
} from './model.ts';
import { buildLexicon, FILLER, type Lexicon, QUALIFIER } from './scan/lexicon.ts';
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

/** Phrases of a `;`-separated list. */
export function phrases(list: string): string[] {
  return list
    .split(';')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
}

function meant(list: string, type: string, cue: number): [string, LabelMeaning][] {
  return phrases(list).map((label) => [label, { type, cue }]);
}

export function buildVocabulary(labels: LabelSource): Lexicon {
  const own = Object.entries(labels).flatMap(([type, source]) => [
    ...meant(source.labels, type, CUE_LABEL),
    ...meant(source.fields ?? '', type, CUE_FIELD),
  ]);
  return buildLexicon({
    words: [
      [FILLER, FILLERS],
      [QUALIFIER, QUALIFIERS],
    ],
    labels: [
      ...own,
      ...meant(NEGATIVE_LABELS, '-', CUE_NEGATIVE),
      ...meant(NEUTRAL_LABELS, '~', CUE_NEUTRAL),
    ],
  });
}
