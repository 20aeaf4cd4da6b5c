import type { AuditRow } from '../../../shared/contract/audit.ts';
import type { MessageId } from '../../app/i18n/en.ts';
import type { GlyphName, Tone } from '../../ui/glyph.tsx';

interface RowLook {
  glyph: GlyphName;
  tone: Tone;
  word: MessageId;
  loud: boolean;
}

const BAD = new Set(['failed', 'error', 'killed', 'rollback_incomplete']);

/** How a ledger row is drawn: the decision first, then the outcome. */
export function rowLook(row: Pick<AuditRow, 'decision' | 'status' | 'type'>): RowLook {
  if (row.decision === 'deny' || row.status === 'denied') {
    return { glyph: 'denied', tone: 'danger', word: 'state.denied', loud: true };
  }
  if (row.status !== null && BAD.has(row.status)) {
    return { glyph: 'failed', tone: 'danger', word: 'state.failed', loud: true };
  }
  if (row.status === 'unknown') {
    return { glyph: 'unknown', tone: 'muted', word: 'state.unknown', loud: false };
  }
  if (row.decision === 'ask')
    return { glyph: 'waiting', tone: 'warn', word: 'state.ask', loud: false };
  if (row.decision === 'allow') {
    return { glyph: 'allowed', tone: 'muted', word: 'state.allowed', loud: false };
  }
  return { glyph: 'none', tone: 'faint', word: 'state.recorded', loud: false };
}
