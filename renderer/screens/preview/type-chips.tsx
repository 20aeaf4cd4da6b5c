import { markerOf } from '../../../shared/redaction/marker.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { Chip } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import s from './preview.module.css';

interface TypeChipsProps {
  counts: Readonly<Record<string, number>>;
  only: string | null;
  onOnly(type: string | null): void;
}

/** How many of each type; a chip filters the walk to its type. */
export function TypeChips({ counts, only, onOnly }: TypeChipsProps) {
  const t = useT();
  const types = Object.entries(counts).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  const total = types.reduce((sum, [, n]) => sum + n, 0);
  return (
    <div className={s.chips}>
      <span>
        <Glyph name="redacted" tone={total === 0 ? 'faint' : 'redact'} />
        <b>{t('prev.count', { n: count(total) })}</b>
      </span>
      {types.map(([type, n]) => (
        <Chip
          key={type}
          pressed={type === only}
          onPress={() => onOnly(type === only ? null : type)}
        >
          {markerOf(type).slice(1, -1)} <b>{count(n)}</b>
        </Chip>
      ))}
    </div>
  );
}
