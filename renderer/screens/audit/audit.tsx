import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { LEDGER_FIELDS } from '../../../shared/query/fields.ts';
import { mayCall, useCall, useSession } from '../../app/api-context.ts';
import { isTyping } from '../../app/commands/keys.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useTitle } from '../../app/use-title.ts';
import { FilterField } from '../../ui/filter-field.tsx';
import s from './audit.module.css';
import { Details } from './details.tsx';
import { filterProblem } from './filter.ts';
import { RecordList } from './record-list.tsx';
import { useProofWorker } from './use-proof.ts';
import { useAllRows, useFilteredRows } from './use-rows.ts';
import { useVerify } from './use-verify.ts';
import { VerifyBar } from './verify-bar.tsx';

/** Where the list is: the filter and the chosen record live in the address. */
function usePlace() {
  const { q = '', seq = null } = useSearch({ from: '/audit' });
  const navigate = useNavigate();
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
  return { q, seq, choose, setFilter };
}

/** Escape gives the list back where the details lie over it, and lets go of the record elsewhere. */
function useEscape(seq: number | null, choose: (next: null) => void): () => void {
  const close = useCallback(() => {
    choose(null);
    document.querySelector<HTMLElement>('[data-grid]')?.focus();
  }, [choose]);
  useEffect(() => {
    if (seq === null) return;
    const onKey = (e: KeyboardEvent): void => {
      const layer = document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
      if (e.key === 'Escape' && !layer && !isTyping(e.target)) close();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [seq, close]);
  return close;
}

/** The ledger: list, record, and the way from the record to the signed root. */
export function Audit() {
  const t = useT();
  useTitle('screen.audit');
  const { project, role } = useSession();
  const { q, seq, choose, setFilter } = usePlace();
  const stats = useCall('audit.stats', { project }, { every: 10_000, keep: true });
  const [follow, setFollow] = useState(false);
  const all = useAllRows(q === '', stats.data?.events, follow);
  const filtered = useFilteredRows(q);
  const rows = q === '' ? all : filtered;
  const worker = useProofWorker();
  const verify = useVerify(worker);
  const close = useEscape(seq, choose);
  const reason = mayCall(role, 'audit.records') ? undefined : t('error.role', { role });
  const act = (id: string, label: string, run: () => void, disabledReason?: string) =>
    ({ id, group: 'act', label, run, disabledReason }) as const;
  useCommands('audit', [
    act('audit.verify', t('audit.v.start'), () => void verify.start(), reason),
    act('audit.denied', t('audit.showDenied'), () => setFilter('is:denied')),
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
      <div className={s.split} data-open={seq !== null}>
        <RecordList
          rows={rows}
          q={q}
          seq={seq}
          onChoose={choose}
          follow={follow}
          onFollow={setFollow}
          onClear={() => setFilter('')}
        />
        <Details seq={seq} worker={worker} onClose={close} />
      </div>
    </>
  );
}
