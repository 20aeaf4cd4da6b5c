import type { ReplacementView } from '../../../shared/contract/protect.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { placeText } from '../../../shared/redaction/place.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { cx } from '../../ui/cx.ts';
import { count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { type Column, Table } from '../../ui/table.tsx';
import s from './preview.module.css';
import { Reasons } from './reasons.tsx';

/** A finding with its number among all. */
export interface Numbered {
  one: ReplacementView;
  at: number;
}

/** The findings that pass the type filter. */
export function numbered(list: readonly ReplacementView[], only: string | null): Numbered[] {
  return list
    .map((one, at) => ({ one, at }))
    .filter(({ one }) => only === null || one.span.type === only);
}

/** Page, sheet, part, paragraph or line of a finding; offsets where the helper gave no place. */
export function whereOf({ place, start, end }: ReplacementView): string {
  return place === undefined ? `${count(start)} – ${count(end)}` : printable(placeText(place));
}

interface SidePanelProps {
  list: readonly ReplacementView[];
  only: string | null;
  selected: number | null;
  onJump(at: number): void;
  /** Shown where nothing is selected. */
  note: string;
  raw: string | null;
  redacted: string;
}

/** Every finding with its place; below it, why the selected one was redacted. */
export function SidePanel(props: SidePanelProps) {
  const { list, only, selected, onJump, note, raw, redacted } = props;
  const t = useT();
  const one = selected === null ? undefined : list[selected];
  return (
    <aside
      className={cx(k.side, s.panel)}
      aria-label={t('prev.side')}
      data-region="side"
      {...(list.length === 0 ? { 'data-empty': '' } : {})}
    >
      {list.length > 0 && (
        <div className={cx(k.scroll, s.list)}>
          <FindingRows rows={numbered(list, only)} selected={selected} onJump={onJump} />
        </div>
      )}
      <div className={cx(k.scroll, s.reason)}>
        {one === undefined ? (
          <p className={s.pads}>{note}</p>
        ) : (
          <Reasons
            one={one}
            n={(selected ?? 0) + 1}
            total={list.length}
            raw={raw}
            redacted={redacted}
          />
        )}
      </div>
    </aside>
  );
}

interface FindingRowsProps {
  rows: readonly Numbered[];
  selected: number | null;
  onJump(at: number): void;
}

function FindingRows({ rows, selected, onJump }: FindingRowsProps) {
  const t = useT();
  const columns: Column<Numbered>[] = [
    {
      id: 'type',
      head: t('prev.col.type'),
      cell: ({ one }) => <span className={k.tok}>{one.marker}</span>,
    },
    { id: 'place', head: t('prev.col.place'), right: true, cell: ({ one }) => whereOf(one) },
  ];
  return (
    <Table
      label={t('prev.findings')}
      columns={columns}
      template={s.short}
      rows={rows}
      keyOf={({ at }) => String(at)}
      onOpen={({ at }) => onJump(at)}
      selected={selected === null ? null : String(selected)}
    />
  );
}
