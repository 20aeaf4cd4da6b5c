import type { CageState } from '../../../shared/domain/states.ts';
import type { GlyphName, Tone } from '../../ui/glyph.tsx';

/** Shape and colour of each cage state; the word comes from the catalogue (`cage.*`). */
export const CAGE_LOOK: Readonly<Record<CageState, { glyph: GlyphName; tone: Tone }>> = {
  down: { glyph: 'down', tone: 'muted' },
  raising: { glyph: 'raising', tone: 'info' },
  up: { glyph: 'up', tone: 'ok' },
  degraded: { glyph: 'degraded', tone: 'warn' },
  lowering: { glyph: 'lowering', tone: 'info' },
  blocked: { glyph: 'blocked', tone: 'danger' },
  unknown: { glyph: 'unknown', tone: 'muted' },
};
