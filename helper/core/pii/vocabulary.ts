/** Collects the words and labels of all types into one lexicon. */
import {
  CUE_FIELD,
  CUE_LABEL,
  CUE_NEGATIVE,
  CUE_NEUTRAL,
  type LabelMeaning,
  type TypeSpec,
} from './model.ts';
import { buildLexicon, FILLER, type Lexicon, QUALIFIER } from './scan/lexicon.ts';
import { NEGATIVE_LABELS, NEUTRAL_LABELS } from './types/negative.ts';

const FILLERS: readonly string[] = (
  'of the my your his her their our is was are were de d du des la le l les un une est sont mon ma votre sa son der die das den dem des ' +
  'ist war lautet lauten ihre ihr mein meine von vom zum zur del della di el los las es il lo e mi su tu sua mia van het en at on to as for ' +
  'with following listed recorded given reads stands being a an c s avec sous unter'
).split(' ');

const QUALIFIERS: readonly string[] =
  'no number num nr nbr id code value text string content field data nummer numero nos ids identifier primary secondary main home work alt alternate current full complete vollstandig complet new old us uk fr'.split(
    ' ',
  );

function labelsOf(spec: TypeSpec): [string, LabelMeaning][] {
  const strong = spec.labels.map((label): [string, LabelMeaning] => [
    label,
    { type: spec.type, cue: CUE_LABEL },
  ]);
  const fields = (spec.fields ?? []).map((label): [string, LabelMeaning] => [
    label,
    { type: spec.type, cue: CUE_FIELD },
  ]);
  return [...strong, ...fields];
}

export function buildVocabulary(specs: readonly TypeSpec[]): Lexicon {
  const negative = NEGATIVE_LABELS.map((label): [string, LabelMeaning] => [
    label,
    { type: '-', cue: CUE_NEGATIVE },
  ]);
  const neutral = NEUTRAL_LABELS.map((label): [string, LabelMeaning] => [
    label,
    { type: '~', cue: CUE_NEUTRAL },
  ]);
  return buildLexicon({
    words: [
      [FILLER, FILLERS],
      [QUALIFIER, QUALIFIERS],
    ],
    labels: [...specs.flatMap(labelsOf), ...negative, ...neutral],
  });
}
