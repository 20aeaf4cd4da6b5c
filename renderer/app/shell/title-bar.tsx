import { useQueryClient } from '@tanstack/react-query';
import { printable } from '../../../shared/domain/printable.ts';
import { Button } from '../../ui/button.tsx';
import { Glyph } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { mayCall, useCall, useSession } from '../api-context.ts';
import { useT } from '../i18n/use-t.ts';
import { shownState } from '../live/freshness.ts';
import { useLive } from '../live/store.ts';
import { usePrefs } from '../prefs.ts';
import { useUi } from '../ui-state.ts';
import { CAGE_LOOK } from './cage-look.ts';
import s from './shell.module.css';

export function TitleBar() {
  const t = useT();
  const session = useSession();
  const { role } = session;
  const setLayer = useUi((u) => u.setLayer);
  const cage = useLive((l) => l.data.cage);
  const fresh = useLive((l) => l.fresh);
  const state = shownState(cage, fresh);
  const look = CAGE_LOOK[state];
  const level = state === 'unknown' || cage === null ? 'unknown' : cage.level;
  return (
    <header className={s.titlebar} data-region="title">
      <div className={s.cage} role="status">
        <Glyph name={look.glyph} tone={look.tone} />
        <b>{t(`cage.${state}`)}</b>
        {state !== 'down' && <span className={`${k.muted} ${s.level}`}>{t(`level.${level}`)}</span>}
        <span className={s.where}>
          <ProjectPicker />
        </span>
      </div>
      <div id="title-filter" />
      <div className={s.right}>
        <Button
          small
          onPress={() => setLayer('panic')}
          disabledReason={mayCall(role, 'panic') ? undefined : t('error.role', { role })}
          showReason={false}
        >
          <Glyph name="stopped" tone="danger" size={12} />
          {t('panic.open')}
        </Button>
        <Button small onPress={() => setLayer('palette')}>
          {t('shell.commands')} <kbd>Ctrl K</kbd>
        </Button>
        <span className={s.who} title={printable(`${session.user}, ${session.role}`)}>
          <b>{printable(session.user)}</b>
          <span>{session.role}</span>
        </span>
      </div>
    </header>
  );
}

/** A plain select: native, labelled, and only there when there is a choice. */
function ProjectPicker() {
  const t = useT();
  const session = useSession();
  const queries = useQueryClient();
  const setPrefs = usePrefs((p) => p.set);
  const projects = useCall('project.list', {}).data?.items ?? [];
  if (projects.length < 2)
    return <span title={printable(session.projectPath)}>{printable(session.projectName)}</span>;
  return (
    <select
      className={s.project}
      aria-label={t('shell.project', { name: session.projectName })}
      value={session.project}
      onChange={(e) => {
        setPrefs({ project: e.target.value });
        queries.removeQueries({ predicate: (q) => q.queryKey[0] !== 'session' });
      }}
    >
      {projects.map((p) => (
        <option key={p.id} value={p.id}>
          {printable(p.name)}
        </option>
      ))}
    </select>
  );
}
