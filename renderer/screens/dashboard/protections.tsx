import { Link } from '@tanstack/react-router';
import type { CageStatus, Protection } from '../../../shared/contract/cage.ts';
import type { CageState } from '../../../shared/domain/states.ts';
import { mayCall, useSession } from '../../app/api-context.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { shownState } from '../../app/live/freshness.ts';
import { useLive } from '../../app/live/store.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { age, count } from '../../ui/format.ts';
import { State } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { ErrorView } from '../../ui/notice.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { ClockTime, useZoneWord } from '../../ui/time.tsx';
import s from './dashboard.module.css';
import { proofLook } from './proof-look.ts';

function columnsOf(
  t: ReturnType<typeof useT>,
  zone: string,
  state: CageState,
): Column<Protection>[] {
  return [
    {
      id: 'name',
      head: t('dash.prot.name'),
      cell: (p) => {
        const look = proofLook(p, state);
        return (
          <State name={look.glyph} tone={look.tone} strong>
            {p.title}
            <span className="visually-hidden">{`, ${t(state === 'unknown' ? 'state.unknown' : `dash.prot.state.${p.proof}`)}`}</span>
          </State>
        );
      },
    },
    {
      id: 'wanted',
      head: t('dash.prot.wanted'),
      cell: (p) => (
        <span className={p.wantedOn ? k.muted : cx(k.danger, k.strong)} title={p.wanted}>
          {p.wanted}
        </span>
      ),
    },
    {
      id: 'proved',
      head: t('dash.prot.proved'),
      cell: (p) => (
        <span
          title={p.detail}
          className={cx(
            p.proof === 'failed' && p.wantedOn && cx(k[proofLook(p, state).tone], k.strong),
            p.proof === 'unknown' && k.faint,
          )}
        >
          {p.proof === 'unknown' ? t('dash.prot.state.unknown') : p.detail}
        </span>
      ),
    },
    ...evidenceColumns(t, zone),
  ];
}

/** When it was tested last, and the record that holds the proof. */
function evidenceColumns(t: ReturnType<typeof useT>, zone: string): Column<Protection>[] {
  return [
    {
      id: 'last',
      head: t('dash.prot.last', { zone }),
      right: true,
      cell: (p) => (p.at === null ? <span className={k.faint}>–</span> : <ClockTime iso={p.at} />),
    },
    {
      id: 'record',
      head: t('dash.prot.record'),
      right: true,
      cell: (p) =>
        p.recordSeq === null ? (
          <span className={k.faint}>–</span>
        ) : (
          <Link to="/audit" search={{ seq: p.recordSeq }}>
            {count(p.recordSeq)}
          </Link>
        ),
    },
  ];
}

/** The self-test on demand: how to start it, and why it cannot be started now. */
function useSelfTest(cage: CageStatus | null) {
  const t = useT();
  const { project, role } = useSession();
  const probe = useCommandCall('cage.probe');
  const down = cage === null || cage.state === 'down';
  const reason = !mayCall(role, 'cage.probe')
    ? t('error.role', { role })
    : down
      ? t('dash.prot.needsUp')
      : undefined;
  const test = (): void => probe.mutate({ project });
  useCommands('dashboard.probe', [
    {
      id: 'cage.probe',
      group: 'act',
      label: t('dash.prot.test'),
      run: test,
      disabledReason: reason,
    },
  ]);
  const disabledReason = probe.isPending ? t('dash.prot.testing') : reason;
  return { test, disabledReason, error: probe.error };
}

/** Wanted against proved, one row each. */
export function Protections() {
  const t = useT();
  const zone = useZoneWord();
  const cage = useLive((l) => l.data.cage);
  const now = useLive((l) => l.now);
  const state = shownState(
    cage,
    useLive((l) => l.fresh),
  );
  const { test, disabledReason, error } = useSelfTest(cage);
  return (
    <section aria-label={t('dash.prot')}>
      <div className={k.sect}>
        <h2>{t('dash.prot')}</h2>
        <span className={k.sub}>
          {cage?.testedAt == null
            ? t('dash.prot.subNever')
            : t('dash.prot.sub', { age: age(now - Date.parse(cage.testedAt)) })}
        </span>
        <span className={k.sp} />
        <Button small onPress={test} disabledReason={disabledReason}>
          {t('dash.prot.test')}
        </Button>
      </div>
      {error !== null && (
        <ErrorView
          error={error.toValue()}
          where="cage.probe"
          onRetry={test}
          command="akios cage status"
        />
      )}
      <Table
        label={t('dash.prot')}
        columns={columnsOf(t, zone, state)}
        template={s.prot}
        rows={cage?.protections ?? []}
        keyOf={(p) => p.id}
      />
      <Probes />
    </section>
  );
}

/** Only the probes that are not as needed; the passing ones are the proof in the table above. */
function Probes() {
  const t = useT();
  const cage = useLive((l) => l.data.cage);
  const wrong = cage?.probes.filter((p) => p.ok !== true) ?? [];
  if (cage === null || wrong.length === 0 || cage.state === 'down') return null;
  return (
    <>
      <div className={k.sect}>
        <h2>{t('dash.probes')}</h2>
        <span className={k.sub}>
          {t('dash.probes.sub', { ok: cage.probes.length - wrong.length, n: cage.probes.length })}
        </span>
      </div>
      <ul className={k.rule}>
        {wrong.map((p) => (
          <li key={p.id} className={s.probe}>
            <State
              name={
                p.ok === null ? 'notMeasured' : cage.state === 'blocked' ? 'failed' : 'degraded'
              }
              tone={p.ok === null ? 'faint' : cage.state === 'blocked' ? 'danger' : 'warn'}
            >
              <span className="visually-hidden">
                {t(p.ok === null ? 'state.notMeasured' : 'state.failed')}
              </span>
            </State>
            <b>{p.title}</b>
            <span>
              {p.observed}
              {p.fix !== undefined && <small>{t('dash.probes.fix', { fix: p.fix })}</small>}
              {p.effectOnLevel !== undefined && <small>{p.effectOnLevel}</small>}
            </span>
            <span className={k.r}>
              <ClockTime iso={p.at} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
