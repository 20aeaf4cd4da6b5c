import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useT } from '../app/i18n/use-t.ts';
import { Button } from './button.tsx';
import { cx } from './cx.ts';
import { count as number } from './format.ts';
import k from './kit.module.css';
import s from './log-grid.module.css';

/** Chromium ends a native scroller at 33,554,432 px, so one never holds more rows than this. */
export const SEGMENT_ROWS = 1_000_000;
export const ROW_PX = 32;
const HEAD_PX = 28;
const PAGE = 20;

interface LogGridProps {
  label: string;
  /** Class that sets grid-template-columns for head and rows. */
  template: string | undefined;
  head: readonly ReactNode[];
  /** Rows that can be scrolled to. */
  count: number;
  /** All rows there are, for `aria-rowcount`. */
  total: number;
  /** Cells of a row, or null while it is on its way. */
  cells(index: number): readonly ReactNode[] | null;
  rightAligned: readonly number[];
  selected: number | null;
  onSelect(index: number): void;
  onOpen(index: number): void;
  /** The rows that are visible changed (both ends included). */
  onRange(first: number, last: number): void;
}

/** First row and number of rows of a segment. */
export function segmentOf(count: number, segment: number): { from: number; rows: number } {
  const from = segment * SEGMENT_ROWS;
  return { from, rows: Math.max(0, Math.min(SEGMENT_ROWS, count - from)) };
}

/** Where a key moves the selection; null when the key is not about rows. */
export function moveTo(key: string, at: number | null, count: number): number | null {
  if (count === 0) return null;
  const now = at ?? -1;
  const clamp = (n: number): number => Math.max(0, Math.min(count - 1, n));
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return clamp(now + 1);
    case 'k':
    case 'ArrowUp':
      return clamp(now - 1);
    case 'PageDown':
      return clamp(now + PAGE);
    case 'PageUp':
      return clamp(now - PAGE);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** Which rows are drawn; keeps the selected one in view, in its segment. */
function useWindow({ count, selected, onRange }: LogGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [segment, setSegment] = useState(0);
  const segments = Math.max(1, Math.ceil(count / SEGMENT_ROWS));
  const current = Math.min(segment, segments - 1);
  const { from, rows } = segmentOf(count, current);
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
    paddingStart: HEAD_PX,
    scrollPaddingStart: HEAD_PX,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows > 0) onRange(from + first, from + last);
  }, [from, first, last, rows, onRange]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new selection may scroll
  useEffect(() => {
    if (selected === null) return;
    const home = Math.floor(selected / SEGMENT_ROWS);
    if (home !== current) setSegment(home);
    else {
      const far = selected < from + first - PAGE || selected > from + last + PAGE;
      virtual.scrollToIndex(selected - from, { align: far ? 'center' : 'auto' });
    }
  }, [selected, current]);
  /** A row that was scrolled away is not in the page, so nothing may point at it. */
  const drawn = (index: number | null): boolean =>
    index !== null && items.some((item) => from + item.index === index);
  return { scroller, virtual, items, from, current, segments, setSegment, drawn };
}

/** Keys of the list: moving selects, Enter opens. */
function onListKey(e: KeyboardEvent, props: LogGridProps): void {
  const { selected, count, onSelect, onOpen } = props;
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === 'Enter' && selected !== null) {
    onOpen(selected);
    return;
  }
  const next = moveTo(e.key, selected, count);
  if (next === null) return;
  e.preventDefault();
  onSelect(next);
}

/** A list of any length: fixed rows, windowed, segmented beyond a million; one tab stop. */
export function LogGrid(props: LogGridProps) {
  const { label, template, head, count, total, rightAligned, selected } = props;
  const id = useId();
  const shown = useWindow(props);
  return (
    <>
      {shown.segments > 1 && (
        <SegmentBar
          count={count}
          segment={shown.current}
          segments={shown.segments}
          onChange={shown.setSegment}
        />
      )}
      <div
        ref={shown.scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={total + 1}
        aria-activedescendant={shown.drawn(selected) ? `${id}-${selected}` : undefined}
        tabIndex={0}
        data-grid=""
        className={cx(k.rows, k.scroll, s.grid)}
        onKeyDown={(e) => onListKey(e, props)}
      >
        <div role="rowgroup" className={s.headGroup}>
          <div role="row" aria-rowindex={1} className={cx(k.thead, template)}>
            {head.map((cell, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move
              <span key={i} role="columnheader" className={cx(rightAligned.includes(i) && k.r)}>
                {cell}
              </span>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className={s.body}
          style={{ height: shown.virtual.getTotalSize() - HEAD_PX }}
        >
          {shown.items.map((item) => (
            <Row
              key={shown.from + item.index}
              id={id}
              index={shown.from + item.index}
              top={item.start - HEAD_PX}
              grid={props}
            />
          ))}
        </div>
      </div>
    </>
  );
}

interface RowProps {
  id: string;
  index: number;
  /** px from the first row of the segment. */
  top: number;
  grid: LogGridProps;
}

function Row({ id, index, top, grid }: RowProps) {
  const { cells, head, template, rightAligned, selected, onSelect, onOpen } = grid;
  return (
    <div
      id={`${id}-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={index === selected}
      className={cx(k.row, template, s.row)}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(index)}
      onDoubleClick={() => onOpen(index)}
    >
      {(cells(index) ?? head.map(() => null)).map((cell, i) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move
          key={i}
          role="gridcell"
          className={cx(rightAligned.includes(i) && k.r)}
        >
          {cell}
        </span>
      ))}
    </div>
  );
}

interface SegmentBarProps {
  count: number;
  segment: number;
  segments: number;
  onChange(segment: number): void;
}

function SegmentBar({ count, segment, segments, onChange }: SegmentBarProps) {
  const t = useT();
  const { from, rows } = segmentOf(count, segment);
  return (
    <div className={s.segments}>
      <span className={k.sub}>
        {t('grid.segment', { from: number(from + 1), to: number(from + rows), of: number(count) })}
      </span>
      <span className={k.sp} />
      {segment > 0 && (
        <Button small onPress={() => onChange(segment - 1)}>
          {t('grid.newer')}
        </Button>
      )}
      {segment < segments - 1 && (
        <Button small onPress={() => onChange(segment + 1)}>
          {t('grid.older')}
        </Button>
      )}
    </div>
  );
}
