/** Canonical types whose marker keeps the word of the published specification. */
const MARKER_WORD: Record<string, string> = { US_SSN: 'SSN', PERSON_NAME: 'NAME' };

/** `«TYPE»`, the form every prompt, log, screen and export shows. */
export function markerOf(type: string): string {
  return `«${MARKER_WORD[type] ?? type}»`;
}

/**
 * Matches a marker already in a text (optionally with a stable suffix, `«EMAIL:3f9a»`). No type has
 * four digits in its name: a number in guillemets, `«GB82WEST123»`, is a value and no marker.
 */
export const MARKER_PATTERN =
  /«(?!(?:[A-Z_]{0,39}\d){4})[A-Z][A-Z0-9_]{1,39}(?::[0-9a-f]{4,16})?»/g;
