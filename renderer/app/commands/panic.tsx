import { useState } from 'react';
import type { CallOutput } from '../../../shared/contract/table.ts';
import { Button } from '../../ui/button.tsx';
import { duration } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Layer } from '../../ui/layer.tsx';
import { CommandLine, ErrorView } from '../../ui/notice.tsx';
import { useCall } from '../api-context.ts';
import { useT } from '../i18n/use-t.ts';
import { useUi } from '../ui-state.ts';
import { useCommandCall } from '../use-command-call.ts';
import s from './layers.module.css';

/** Stops everything, after one question; then says what was stopped and how fast. */
export function Panic() {
  const t = useT();
  const setLayer = useUi((u) => u.setLayer);
  const [reason, setReason] = useState('');
  const panic = useCommandCall('panic');
  const close = (): void => setLayer(null);
  const stop = (): void =>
    panic.mutate(reason.trim() === '' ? {} : { reason: reason.trim().slice(0, 500) });
  if (panic.data !== undefined) return <Stopped report={panic.data} onClose={close} />;
  return (
    <Layer
      title={t('panic.title')}
      role="alertdialog"
      onClose={close}
      actions={
        <>
          <Button onPress={close}>{t('panic.stay')}</Button>
          <Button
            kind="kill"
            onPress={stop}
            disabledReason={panic.isPending ? t('panic.doing') : undefined}
          >
            {t('panic.do')}
          </Button>
        </>
      }
    >
      <p>{t('panic.body')}</p>
      <label className={s.reason}>
        {t('run.kill.reason')}
        <input
          value={reason}
          maxLength={500}
          // biome-ignore lint/a11y/noAutofocus: focus moves into the dialog
          autoFocus
          onChange={(e) => setReason(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && !panic.isPending) stop();
          }}
        />
      </label>
      <CommandLine command="akios panic" />
      {panic.error !== null && (
        <ErrorView
          error={panic.error.toValue()}
          where="panic"
          onRetry={stop}
          command="akios panic"
        />
      )}
    </Layer>
  );
}

function Stopped({ report, onClose }: { report: CallOutput<'panic'>; onClose(): void }) {
  const t = useT();
  const projects = useCall('project.list', {}).data?.items ?? [];
  const n = report.stopped.length;
  return (
    <Layer
      title={t('panic.done.title', { n })}
      onClose={onClose}
      actions={
        <Button kind="primary" onPress={onClose} autoFocus>
          {t('action.close')}
        </Button>
      }
    >
      <p role="status">
        {n === 0 ? t('panic.done.none') : t('panic.done.body', { time: duration(report.ms) })}
      </p>
      {n > 0 && (
        <ul className={s.stopped}>
          {report.stopped.map((one) => (
            <li key={one.run}>
              <span className={k.mono}>{one.run}</span>
              <span className={k.muted}>
                {projects.find((p) => p.id === one.project)?.name ?? one.project}
              </span>
              <span className={k.r}>{duration(one.ms)}</span>
            </li>
          ))}
        </ul>
      )}
    </Layer>
  );
}
