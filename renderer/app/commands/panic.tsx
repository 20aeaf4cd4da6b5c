import type { CallOutput } from '../../../shared/contract/table.ts';
import { Button } from '../../ui/button.tsx';
import { duration } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Layer } from '../../ui/layer.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { useCall } from '../api-context.ts';
import { useT } from '../i18n/use-t.ts';
import { useUi } from '../ui-state.ts';
import { useCommandCall } from '../use-command-call.ts';
import s from './layers.module.css';

/** Stops everything, after one question; then says what was stopped and how fast. */
export function Panic() {
  const t = useT();
  const setLayer = useUi((u) => u.setLayer);
  const panic = useCommandCall('panic');
  const close = (): void => setLayer(null);
  if (panic.data !== undefined) return <Stopped report={panic.data} onClose={close} />;
  return (
    <ReasonDialog
      title={t('panic.title')}
      role="alertdialog"
      body={t('panic.body')}
      stay={t('panic.stay')}
      act={t('panic.do')}
      doing={panic.isPending ? t('panic.doing') : undefined}
      error={panic.error}
      where="panic"
      command="akios panic"
      onAct={(reason) => panic.mutate(reason)}
      onClose={close}
    />
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
