import {
  Builder,
  FORMATS,
  type LabelledDocument,
  makeValue,
  type Put,
  language as pickLanguage,
  TYPES,
} from './documents.ts';
import { EVASIONS } from './evade.ts';
import { FILLER, NEGATIVES } from './negatives.ts';
import { Rng } from './rng.ts';

/**
 * A labelled set: every type in turn, every format, three languages; the share `evaded` of the
 * documents hides its values. The same seed gives the same set.
 */
export function* generate(
  seed: number,
  count: number,
  evaded: number,
): Generator<LabelledDocument> {
  const r = new Rng(seed);
  const formats = Object.keys(FORMATS);
  const kinds = Object.keys(EVASIONS);
  for (let n = 0; n < count; n += 1) {
    const language = pickLanguage(r);
    const evasion = r.chance(evaded) ? r.pick(kinds) : null;
    const format = evasion === 'lineWrap' ? 'form' : r.pick(formats);
    const others = r.sample(TYPES, r.int(0, 4));
    const types = [...new Set([TYPES[n % TYPES.length]!, ...others])];
    const b = new Builder();
    const put: Put = (builder, type) => {
      const value = makeValue(type, r, language);
      const rewritten = evasion === null ? null : EVASIONS[evasion]!(value, r);
      builder.value(type, rewritten ?? value);
    };
    if (r.chance(0.4)) b.add(`${r.pick(FILLER[language])}\n\n`);
    FORMATS[format]!(b, r, types, language, put);
    if (r.chance(0.4)) b.add('\n').negative(r.pick(NEGATIVES)(r)).add('\n');
    if (r.chance(0.3)) b.add(`${r.pick(FILLER[language])}\n`);
    yield {
      id: `${seed}-${n}`,
      format,
      language,
      evasion,
      text: b.text,
      gold: b.gold,
      negatives: b.negatives,
    };
  }
}
