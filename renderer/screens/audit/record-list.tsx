import { useCallback, useState } from 'react';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { usePrefs } from '../../app/prefs.ts';
import { Button, CheckBox, Pill, useCopy } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { count, dayRange } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { LogGrid } from '../../ui/log-grid.tsx';
import { Empty, ErrorView } from '../../ui/notice.tsx';
import { ClockTime, useZoneWord } from '../../ui/time.tsx';
import s from './audit.module.css';
import { exportCommand, indexProgress } from './filter.ts';
import { rowLook } from './row-look.ts';
import type { LedgerRows } from './use-rows.ts';

interface ListProps {
  rows: LedgerRows;
  q: string;
  seq: number | null;
  onChoose(seq: number | null): void;
  follow: boolean;
  onFollow(follow: boolean): void;
  onClear(): void;
}

/** The rows tell the time of day; which days they are of stands above them. */
function useDays({ row, onRange }: LedgerRows) {
  const zone = usePrefs((p) => p.zone);
  const [[first, last], setRange] = useState<readonly [number, number]>([0, 0]);
  const onShown = useCallback(
    (from: number, to: number) => {
      setRange([from, to]);
      onRange(from, to);
    },
    [onRange],
  );
  return { days: dayRange(row(last)?.ts ?? null, row(first)?.ts ?? null, zone), onShown };
}

/** The records, newest first, with what is known of all of them. */
export function RecordList({ rows, q, seq, onChoose, follow, onFollow, onClear }: ListProps) {
  const t = useT();
  const zone = useZoneWord();
  const { days, onShown } = useDays(rows);
  const filtered = q !== '';
  const building = indexProgress(rows.error);
  const title = !filtered
    ? t('audit.records', { n: count(rows.size) })
    : rows.ready
      ? t('audit.matches', { n: count(rows.total), of: count(rows.size) })
      : t('audit.searching');
  const at = (index: number): void =>
    onChoose(rows.row(index)?.seq ?? (filtered ? null : rows.size - 1 - index));
  return (
    <section className={s.list} aria-label={t('audit.list')} data-region="list">
      <div className={cx(k.sect, s.listHead)}>
        <h2>{title}</h2>
        <span className={cx(k.sub, k.ell)}>{days}</span>
        <span className={k.sp} />
        {rows.fresh > 0 && (
          <Pill onPress={rows.showFresh}>{t('audit.fresh', { n: rows.fresh })}</Pill>
        )}
        <CopyExport q={q} />
        {!filtered && (
          <CheckBox checked={follow} onChange={onFollow}>
            {t('audit.follow')}
          </CheckBox>
        )}
      </div>
      {rows.error !== null && building === null && (
        <ErrorView error={rows.error.toValue()} where="audit.list" command="akios logs" />
      )}
      {building !== null && !rows.ready ? (
        <Building {...building} onClear={onClear} />
      ) : rows.ready && rows.count === 0 && rows.error === null ? (
        <Empty
          title={t(filtered ? 'audit.none.title' : 'audit.empty.title')}
          body={t(filtered ? 'audit.none.body' : 'audit.empty.body')}
          {...(filtered ? {} : { command: 'akios cage up' })}
        />
      ) : (
        <LogGrid
          label={t('audit.list')}
          template={s.cols}
          head={headOf(t, zone)}
          rightAligned={[0]}
          count={rows.count}
          total={rows.total}
          cells={(index) => cellsOf(rows.row(index), t)}
          selected={seq === null ? null : rows.indexOf(seq)}
          onSelect={at}
          onOpen={focusDetails}
          onRange={onShown}
        />
      )}
    </section>
  );
}

/** The helper makes its search index anew: nothing failed, and the answer comes by itself. */
function Building({ indexed, of, onClear }: { indexed: number; of: number; onClear(): void }) {
  const t = useT();
  const title = t('audit.index.title');
  return (
    <Empty
      title={title}
      body={t('audit.index.body', { indexed: count(indexed), of: count(of) })}
      action={
        <>
          <progress className={s.progress} aria-label={title} max={of} value={indexed} />
          <Button onPress={onClear}>{t('action.clear')}</Button>
        </>
      }
    />
  );
}

/** A browser cannot write the helper's files, so it hands over the line that does. */
function CopyExport({ q }: { q: string }) {
  const t = useT();
  const { done, copy } = useCopy();
  const command = exportCommand(q);
  return (
    <Button
      small
      onPress={() => copy(command ?? '')}
      disabledReason={command === null ? t('audit.export.unsafe') : undefined}
    >
      {t(done ? 'action.copied' : 'audit.export')}
    </Button>
  );
}

/** Enter on a row: the first thing of its details that can be seen takes the focus, else they do. */
function focusDetails(): void {
  const all = document.querySelectorAll<HTMLElement>(
    '[data-region="details"] [tabindex="0"], [data-region="details"] button',
  );
  const first = [...all].find((element) => element.checkVisibility());
  (first ?? document.querySelector<HTMLElement>('[data-region="details"]'))?.focus();
}

const headOf = (t: ReturnType<typeof useT>, zone: string) => [
  t('audit.col.seq'),
  t('audit.col.time', { zone }),
  t('audit.col.type'),
  t('audit.col.subject'),
  <span key="v" className="visually-hidden">
    {t('audit.col.verdict')}
  </span>,
];

function cellsOf(row: AuditRow | null, t: ReturnType<typeof useT>) {
  if (row === null) return null;
  const look = rowLook(row);
  return [
    count(row.seq),
    <span key="ts" className={k.muted}>
      <ClockTime iso={row.ts} millis />
    </span>,
    <span key="type" className={cx(k.m11, look.loud && k.danger)} title={printable(row.type)}>
      {printable(row.type)}
    </span>,
    <span key="subject" title={printable(`${row.actor}: ${row.subject}`)}>
      {printable(row.subject)}
    </span>,
    <span key="look" title={t(look.word)} className={s.look}>
      <Glyph name={look.glyph} tone={look.tone} />
      <span className="visually-hidden">{t(look.word)}</span>
    </span>,
  ];
}
