import { type ReactNode, useEffect, useRef } from 'react';
import { printableLines } from '../../../shared/domain/printable.ts';
import { cx } from '../../ui/cx.ts';
import type { DiffRow, Part } from './diff-rows.ts';
import s from './preview.module.css';

interface DiffViewProps {
  rows: readonly DiffRow[];
  /** Raw beside redacted, or redacted alone. */
  side: boolean;
  wrap: boolean;
  selected: number | null;
  /** What each replacement is called by a screen reader. */
  nameOf(at: number): string;
  /** Replacements that pass the type filter. */
  fits(at: number): boolean;
  onSelect(at: number): void;
  rawHead: ReactNode;
  redactedHead: ReactNode;
  /** Stands in the raw column instead of the raw text (an editor). */
  editor?: ReactNode;
}

/** Lines side by side; every marker is a button that says why it is there. */
export function DiffView(props: DiffViewProps) {
  const { rows, side, wrap, selected, rawHead, redactedHead, editor } = props;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (selected === null) return;
    const token = box.current?.querySelector<HTMLElement>(`[data-at="${selected}"]`);
    token?.scrollIntoView({ block: 'center' });
  }, [selected]);
  if (editor !== undefined) {
    return (
      <div className={s.typed} ref={box}>
        <div className={s.column}>
          <div className={s.colHead}>{rawHead}</div>
          {editor}
        </div>
        <div className={s.column}>
          <div className={s.colHead}>{redactedHead}</div>
          <div className={cx(s.lines, wrap && s.wrap)}>
            {rows.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
              <div key={i} className={cx(s.one, row.changed && s.changed)}>
                <span className={s.no}>{i + 1}</span>
                <Line parts={row.redacted} {...props} />
              </div>
            ))}
          </div>
        </div>
      </div>
    );
  }
  return (
    <div className={cx(s.diff, !side && s.single, wrap && s.wrap)} ref={box}>
      <div className={s.heads}>
        {side && <div className={s.colHead}>{rawHead}</div>}
        <div className={s.colHead}>{redactedHead}</div>
      </div>
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
        <div key={i} className={cx(s.pair, row.changed && s.changed)}>
          {side && <span className={s.no}>{i + 1}</span>}
          {side && <RawLine parts={row.raw} selected={selected} />}
          <span className={s.no}>{i + 1}</span>
          <Line parts={row.redacted} {...props} />
        </div>
      ))}
    </div>
  );
}

function RawLine({ parts, selected }: { parts: readonly Part[]; selected: number | null }) {
  return (
    <span className={s.tx}>
      {parts.map((p, i) =>
        p.at === null ? (
          printableLines(p.text)
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
          <mark key={i} className={cx(s.raw, p.at === selected && s.rawSelected)}>
            {printableLines(p.text)}
          </mark>
        ),
      )}
    </span>
  );
}

function Line({
  parts,
  selected,
  nameOf,
  fits,
  onSelect,
}: DiffViewProps & { parts: readonly Part[] }) {
  return (
    <span className={s.tx}>
      {parts.map((p) => {
        const { at } = p;
        if (at === null) return printableLines(p.text);
        return (
          <button
            key={at}
            type="button"
            data-at={at}
            className={cx(s.token, at === selected && s.selected, !fits(at) && s.dim)}
            aria-label={nameOf(at)}
            aria-pressed={at === selected}
            onClick={() => onSelect(at)}
          >
            {printableLines(p.text)}
          </button>
        );
      })}
    </span>
  );
}
