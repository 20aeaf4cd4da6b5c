import type { ReplacementView } from '../../../shared/contract/protect.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { cx } from '../../ui/cx.ts';
import k from '../../ui/kit.module.css';
import { type Column, Table } from '../../ui/table.tsx';
import s from './preview.module.css';
import { type Numbered, numbered, whereOf } from './side-panel.tsx';

interface FindingsProps {
  list: readonly ReplacementView[];
  only: string | null;
  selected: number | null;
  /** Goes to the finding in the text. */
  onJump(at: number): void;
}

/** The accessible twin of the picture: one row for each finding, walked with j and k. */
export function Findings({ list, only, selected, onJump }: FindingsProps) {
  const t = useT();
  const columns: Column<Numbered>[] = [
    {
      id: 'type',
      head: t('prev.col.type'),
      cell: ({ one }) => <span className={k.tok}>{one.marker}</span>,
    },
    { id: 'place', head: t('prev.col.place'), cell: ({ one }) => whereOf(one) },
    {
      id: 'score',
      head: t('prev.col.score'),
      right: true,
      cell: ({ one }) => one.span.score.toFixed(2),
    },
    {
      id: 'why',
      head: t('prev.col.why'),
      cell: ({ one }) => printable((one.span.evidence ?? []).join(', ')),
    },
  ];
  return (
    <div className={cx(k.scroll, s.diff)}>
      <Table
        label={t('prev.view.list')}
        columns={columns}
        template={s.findings}
        rows={numbered(list, only)}
        keyOf={({ at }) => String(at)}
        onOpen={({ at }) => onJump(at)}
        selected={selected === null ? null : String(selected)}
      />
    </div>
  );
}
