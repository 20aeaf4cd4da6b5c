import type { ReplacementView } from '../../../shared/contract/protect.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { cx } from '../../ui/cx.ts';
import { count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { type Column, Table } from '../../ui/table.tsx';
import s from './preview.module.css';

interface FindingsProps {
  list: readonly ReplacementView[];
  only: string | null;
  selected: number | null;
  onSelect(at: number): void;
}

/** The accessible twin of the picture: one row for each finding, walked with j and k. */
export function Findings({ list, only, selected, onSelect }: FindingsProps) {
  const t = useT();
  const rows = list
    .map((one, at) => ({ one, at }))
    .filter(({ one }) => only === null || one.span.type === only);
  const columns: Column<(typeof rows)[number]>[] = [
    {
      id: 'type',
      head: t('prev.col.type'),
      cell: ({ one }) => <span className={k.tok}>{one.marker}</span>,
    },
    {
      id: 'place',
      head: t('prev.col.place'),
      cell: ({ one }) => `${count(one.start)} – ${count(one.end)}`,
    },
    {
      id: 'score',
      head: t('prev.col.score'),
      right: true,
      cell: ({ one }) => one.span.score.toFixed(2),
    },
    { id: 'why', head: t('prev.col.why'), cell: ({ one }) => (one.span.evidence ?? []).join(', ') },
  ];
  return (
    <div className={cx(k.scroll, s.diff)}>
      <Table
        label={t('prev.view.list')}
        columns={columns}
        template={s.findings}
        rows={rows}
        keyOf={({ at }) => String(at)}
        onOpen={({ at }) => onSelect(at)}
        selected={selected === null ? null : String(selected)}
      />
    </div>
  );
}
