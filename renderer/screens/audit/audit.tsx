import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import { LEDGER_FIELDS } from '../../../shared/query/fields.ts';
import { mayCall, useCall, useSession } from '../../app/api-context.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button, CheckBox, Pill, Segmented, useCopy } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { FilterField } from '../../ui/filter-field.tsx';
import { count } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { LogGrid } from '../../ui/log-grid.tsx';
import { Empty, ErrorView } from '../../ui/notice.tsx';
import { ClockTime, useZoneWord } from '../../ui/time.tsx';
import s from './audit.module.css';
import { exportCommand, filterProblem } from './filter.ts';
import { CopyProof, ProofPane } from './proof-pane.tsx';
import { CopyRecord, RecordPane } from './record-pane.tsx';
import { rowLook } from './row-look.ts';
import { useProofWorker, useRecordProof } from './use-proof.ts';
import { type LedgerRows, useAllRows, useFilteredRows } from './use-rows.ts';
import { useVerify } from './use-verify.ts';
import { VerifyBar } from './verify-bar.tsx';

/** The ledger: list, record, and the way from the record to the signed root. */
export function Audit() {
  const t = useT();
  useTitle('screen.audit');
  const { project, role } = useSession();
  const { q = '', seq = null } = useSearch({ from: '/audit' });
  const navigate = useNavigate();
  const stats = useCall('audit.stats', { project }, { every: 10_000, keep: true });
  const [follow, setFollow] = useState(false);
  const all = useAllRows(q === '', stats.data?.events, follow);
  const filtered = useFilteredRows(q);
  const rows = q === '' ? all : filtered;
  const worker = useProofWorker();
  const verify = useVerify(worker);
  const reason = mayCall(role, 'audit.records') ? undefined : t('error.role', { role });
  const choose = useCallback(
    (next: number | null) =>
      void navigate({
        to: '/audit',
        replace: true,
        search: (old) => ({ ...old, seq: next ?? undefined }),
      }),
    [navigate],
  );
  const setFilter = useCallback(
    (text: string) =>
      void navigate({ to: '/audit', search: { q: text === '' ? undefined : text } }),
    [navigate],
  );
  useCommands('audit', [
    {
      id: 'audit.verify',
      group: 'act',
      label: t('audit.v.start'),
      run: () => void verify.start(),
      disabledReason: reason,
    },
    {
      id: 'audit.denied',
      group: 'act',
      label: t('audit.showDenied'),
      run: () => setFilter('is:denied'),
    },
  ]);
  return (
    <>
      <h1 className="visually-hidden" tabIndex={-1}>
        {t('screen.audit')}
      </h1>
      <FilterField
        value={q}
        onCommit={setFilter}
        placeholder={t('audit.filter')}
        problem={(text) => filterProblem(text, LEDGER_FIELDS)}
      />
      <VerifyBar
        state={verify.state}
        stats={stats.data}
        onStart={() => void verify.start()}
        onStop={verify.stop}
        onJump={choose}
        disabledReason={reason}
      />
      <div className={s.split}>
        <List rows={rows} q={q} seq={seq} onChoose={choose} follow={follow} onFollow={setFollow} />
        <Details seq={seq} worker={worker} />
      </div>
    </>
  );
}

interface ListProps {
  rows: LedgerRows;
  q: string;
  seq: number | null;
  onChoose(seq: number | null): void;
  follow: boolean;
  onFollow(follow: boolean): void;
}

function List({ rows, q, seq, onChoose, follow, onFollow }: ListProps) {
  const t = useT();
  const zone = useZoneWord();
  const filtered = q !== '';
  const title = filtered
    ? t('audit.matches', { n: count(rows.total), of: count(rows.size) })
    : t('audit.records', { n: count(rows.size) });
  const at = (index: number): void =>
    onChoose(rows.row(index)?.seq ?? (filtered ? null : rows.size - 1 - index));
  return (
    <section className={s.list} aria-label={t('audit.list')} data-region="list">
      <div className={cx(k.sect, s.listHead)}>
        <h2>{title}</h2>
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
      {rows.error !== null && (
        <ErrorView error={rows.error.toValue()} where="audit.list" command="akios logs" />
      )}
      {rows.ready && rows.count === 0 && rows.error === null ? (
        <Empty
          title={t(filtered ? 'audit.none.title' : 'audit.empty.title')}
          body={t(filtered ? 'audit.none.body' : 'audit.empty.body')}
          {...(filtered ? {} : { command: 'akios cage up' })}
        />
      ) : (
        <LogGrid
          label={t('audit.list')}
          template={s.cols}
          head={[
            t('audit.col.seq'),
            t('audit.col.time', { zone }),
            t('audit.col.type'),
            t('audit.col.subject'),
            <span key="v" className="visually-hidden">
              {t('audit.col.verdict')}
            </span>,
          ]}
          rightAligned={[0]}
          count={rows.count}
          total={rows.total}
          cells={(index) => cellsOf(rows.row(index), t)}
          selected={seq === null ? null : rows.indexOf(seq)}
          onSelect={at}
          onOpen={focusDetails}
          onRange={rows.onRange}
        />
      )}
    </section>
  );
}

/** A browser cannot write the helper's files, so it hands over the line that does. */
function CopyExport({ q }: { q: string }) {
  const t = useT();
  const { done, copy } = useCopy();
  const command = exportCommand(q);
  return (
    <Button small onPress={() => copy(command)}>
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

function cellsOf(row: AuditRow | null, t: ReturnType<typeof useT>) {
  if (row === null) return null;
  const look = rowLook(row);
  return [
    count(row.seq),
    <span key="ts" className={k.muted}>
      <ClockTime iso={row.ts} millis />
    </span>,
    <span key="type" className={cx(k.m11, look.loud && k.danger)} title={row.type}>
      {row.type}
    </span>,
    <span key="subject" title={`${row.actor}: ${row.subject}`}>
      {row.subject}
    </span>,
    <span key="look" title={t(look.word)} className={s.look}>
      <Glyph name={look.glyph} tone={look.tone} />
      <span className="visually-hidden">{t(look.word)}</span>
    </span>,
  ];
}

function Details({
  seq,
  worker,
}: {
  seq: number | null;
  worker: Parameters<typeof useRecordProof>[0];
}) {
  const t = useT();
  const [tab, setTab] = useState<'record' | 'proof'>('proof');
  const proof = useRecordProof(worker, seq);
  const data = proof.data;
  if (seq === null) {
    return (
      <section className={s.nothing} aria-label={t('audit.details')} data-region="details">
        <p className={k.muted}>{t('audit.choose')}</p>
      </section>
    );
  }
  const tabs = (
    <span className={s.tabs}>
      <Segmented<'record' | 'proof'>
        label={t('audit.details')}
        value={tab}
        onChange={setTab}
        options={[
          { value: 'record', label: t('audit.tab.record') },
          { value: 'proof', label: t('audit.tab.proof') },
        ]}
      />
    </span>
  );
  return (
    <div className={s.details} data-tab={tab} data-region="details" tabIndex={-1}>
      <section className={cx(s.pane, s.recordPane)} aria-label={t('audit.tab.record')}>
        <div className={cx(k.sect, s.paneHead)}>
          {tabs}
          <h2>{t('audit.record', { seq: count(seq) })}</h2>
          <span className={k.sp} />
          {data !== undefined && <CopyRecord data={data} />}
        </div>
        {proof.error !== null && (
          <ErrorView
            error={proof.error.toValue()}
            where="audit.record"
            onRetry={() => void proof.refetch()}
          />
        )}
        {data !== undefined && <RecordPane data={data} />}
      </section>
      <section className={cx(s.pane, s.proofPane)} aria-label={t('audit.tab.proof')}>
        <div className={cx(k.sect, s.paneHead)}>
          {tabs}
          <h2>{t('audit.proof')}</h2>
          {data?.check != null && (
            <span className={k.sub}>{t('audit.proof.sub', { n: data.check.steps.length })}</span>
          )}
          <span className={k.sp} />
          {data?.proof != null && <CopyProof data={data} />}
        </div>
        {data !== undefined && <ProofPane key={data.record.seq} data={data} />}
      </section>
    </div>
  );
}
