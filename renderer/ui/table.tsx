import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { cx } from './cx.ts';
import k from './kit.module.css';
import s from './table.module.css';

export interface Column<T> {
  id: string;
  head: ReactNode;
  right?: boolean;
  cell(row: T): ReactNode;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  /** Class that sets grid-template-columns for head and rows. */
  template: string | undefined;
  rows: readonly T[];
  keyOf(row: T): string;
  /** Given: rows can be walked with j, k and arrows and opened with Enter or a click. */
  onOpen?: (row: T) => void;
  selected?: string | null;
  /** A last row of sums, one cell for each column. */
  sum?: readonly ReactNode[];
}

/** Where a key moves the row focus; null when the key is not about rows. */
export function nextRow(key: string, at: number, length: number): number | null {
  const last = length - 1;
  if (key === 'j' || key === 'ArrowDown') return Math.min(at + 1, last);
  if (key === 'k' || key === 'ArrowUp') return Math.max(at - 1, 0);
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  return null;
}

interface Walk<T> {
  rows: readonly T[];
  current: number;
  setActive(at: number): void;
  onOpen?: (row: T) => void;
}

/** Keys on a focused row: the next row takes the focus, Enter opens. */
function onTableKey<T>(e: KeyboardEvent<HTMLDivElement>, walk: Walk<T>): void {
  const { rows, current, setActive, onOpen } = walk;
  if (onOpen === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
  if (!(e.target instanceof HTMLElement) || e.target.getAttribute('role') !== 'row') return;
  const row = rows[current];
  if (e.key === 'Enter' && row !== undefined) {
    onOpen(row);
    return;
  }
  const next = nextRow(e.key, current, rows.length);
  if (next === null) return;
  e.preventDefault();
  setActive(next);
  e.currentTarget.querySelectorAll<HTMLElement>('[data-row]')[next]?.focus();
}

/** A ruled table of 32 px rows; `role=grid` with row focus when rows can be opened. */
export function Table<T>({
  label,
  columns,
  template,
  rows,
  keyOf,
  onOpen,
  selected = null,
  sum,
}: TableProps<T>) {
  const [active, setActive] = useState(0);
  const walk = onOpen !== undefined;
  const role = walk ? 'gridcell' : 'cell';
  const current = Math.min(active, Math.max(0, rows.length - 1));
  const onKeyDown = (e: KeyboardEvent<HTMLDivElement>): void =>
    onTableKey(e, { rows, current, setActive, ...(onOpen === undefined ? {} : { onOpen }) });
  return (
    <div role={walk ? 'grid' : 'table'} aria-label={label} onKeyDown={onKeyDown} className={k.rows}>
      <div role="rowgroup">
        <div role="row" className={cx(k.thead, template)}>
          {columns.map((c) => (
            <span key={c.id} role="columnheader" className={cx(c.right === true && k.r)}>
              {c.head}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup">
        {rows.map((row, i) => (
          <div
            key={keyOf(row)}
            role="row"
            data-row=""
            className={cx(k.row, template, walk && s.open)}
            {...(walk ? { tabIndex: i === current ? 0 : -1 } : {})}
            {...(selected === keyOf(row) ? { 'aria-selected': true } : {})}
            onFocus={() => setActive(i)}
            onClick={(e) => {
              if (walk && !(e.target instanceof Element && e.target.closest('a, button')))
                onOpen(row);
            }}
          >
            <Cells columns={columns} role={role} cell={(c) => c.cell(row)} />
          </div>
        ))}
        {sum !== undefined && (
          <div role="row" className={cx(k.row, k.sum, template)}>
            <Cells columns={columns} role={role} cell={(_c, i) => sum[i]} />
          </div>
        )}
      </div>
    </div>
  );
}

interface CellsProps<T> {
  columns: readonly Column<T>[];
  role: 'cell' | 'gridcell';
  cell(column: Column<T>, index: number): ReactNode;
}

function Cells<T>({ columns, role, cell }: CellsProps<T>) {
  return columns.map((c, i) => (
    <span key={c.id} role={role} className={cx(c.right === true && k.r)}>
      {cell(c, i)}
    </span>
  ));
}
