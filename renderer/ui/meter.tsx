import s from './meter.module.css';

interface MeterProps {
  label: string;
  spent: number;
  reserved: number;
  limit: number;
  /** Marks, each a fraction of the limit. */
  marks: readonly number[];
  stop: string;
}

/** Width in percent; a share that exists is at least visible. */
export function share(part: number, whole: number): number {
  if (part <= 0) return 0;
  if (whole <= 0) return 100;
  return Math.min(100, (part / whole) * 100);
}

/** Spent is solid, reserved is hatched, the rest is what remains. Numbers stand above it. */
export function Meter({ label, spent, reserved, limit, marks, stop }: MeterProps) {
  const spentShare = share(spent, limit);
  const reservedShare = Math.min(share(reserved, limit), 100 - spentShare);
  return (
    <div>
      <div className={s.meter} role="img" aria-label={label}>
        {spent > 0 && <i className={s.spent} style={{ width: `max(2px, ${spentShare}%)` }} />}
        {reserved > 0 && (
          <i className={s.reserved} style={{ width: `max(3px, ${reservedShare}%)` }} />
        )}
      </div>
      <div className={s.ticks} aria-hidden="true">
        {marks
          .filter((m) => m < 1)
          .map((m) => (
            <span key={m} style={{ left: `${m * 100}%` }}>{`${Math.round(m * 100)} %`}</span>
          ))}
        <span className={s.last}>{stop}</span>
      </div>
    </div>
  );
}
