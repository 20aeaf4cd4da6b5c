import { useState } from 'react';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, Segmented } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { ErrorView } from '../../ui/notice.tsx';
import s from './audit.module.css';
import { CopyProof, ProofPane } from './proof-pane.tsx';
import { CopyRecord, RecordPane } from './record-pane.tsx';
import { useRecordProof } from './use-proof.ts';

type Tab = 'record' | 'proof';

interface DetailsProps {
  seq: number | null;
  worker: Parameters<typeof useRecordProof>[0];
  onClose(): void;
}

/** The chosen record beside its way to the signed root; in a narrow window one of the two. */
export function Details({ seq, worker, onClose }: DetailsProps) {
  const t = useT();
  const [tab, setTab] = useState<Tab>('proof');
  const proof = useRecordProof(worker, seq);
  const data = proof.data;
  if (seq === null) {
    return (
      <section className={s.nothing} aria-label={t('audit.details')} data-region="details">
        <p className={k.muted}>{t('audit.choose')}</p>
      </section>
    );
  }
  const tabs = <Tabs tab={tab} onTab={setTab} onClose={onClose} />;
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

/** Shown only where one pane covers the other, and the details the list. */
function Tabs({ tab, onTab, onClose }: { tab: Tab; onTab(tab: Tab): void; onClose(): void }) {
  const t = useT();
  return (
    <span className={s.tabs}>
      <span className={s.back}>
        <Button small onPress={onClose}>
          {t('audit.back')}
        </Button>
      </span>
      <Segmented<Tab>
        label={t('audit.details')}
        value={tab}
        onChange={onTab}
        options={[
          { value: 'record', label: t('audit.tab.record') },
          { value: 'proof', label: t('audit.tab.proof') },
        ]}
      />
    </span>
  );
}
