import type { Protection } from '../../../shared/contract/cage.ts';
import type { CageState } from '../../../shared/domain/states.ts';
import type { GlyphName, Tone } from '../../ui/glyph.tsx';

interface ProofLook {
  glyph: GlyphName;
  tone: Tone;
}

/** A protection that is wanted and not proved is never drawn like one that is merely off. */
export function proofLook(
  p: Pick<Protection, 'proof' | 'wantedOn'>,
  state: CageState | undefined,
): ProofLook {
  // A state nobody vouches for any more: what was proved is in the past.
  if (state === 'unknown') return { glyph: 'unknown', tone: 'muted' };
  switch (p.proof) {
    case 'proved':
      return { glyph: 'up', tone: 'ok' };
    case 'failed':
      // Degraded: runs go on in spite of it. Blocked: they do not.
      return p.wantedOn && state !== 'degraded'
        ? { glyph: 'blocked', tone: 'danger' }
        : { glyph: 'degraded', tone: 'warn' };
    case 'off':
      return p.wantedOn ? { glyph: 'degraded', tone: 'warn' } : { glyph: 'denied', tone: 'danger' };
    case 'unknown':
      return { glyph: 'notMeasured', tone: 'faint' };
  }
}
