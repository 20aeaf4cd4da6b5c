import { type LabelledDocument, TYPES } from './documents.ts';

export const ALL_TYPE_COUNT = TYPES.length;

/** Labels that do not stand inside the text, are empty, or overlap. */
export function checkGold(document: LabelledDocument): string[] {
  const wrong: string[] = [];
  let end = 0;
  for (const gold of document.gold) {
    if (gold.start < end) wrong.push(`${gold.type} overlaps`);
    if (gold.end <= gold.start || gold.end > document.text.length)
      wrong.push(`${gold.type} out of range`);
    end = gold.end;
  }
  return wrong;
}
