import { useT } from '../../app/i18n/use-t.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { shortRun } from '../../ui/format.ts';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';

/** Ends one run with its whole process tree. */
export default function KillDialog({ run, onClose }: { run: string; onClose(): void }) {
  const t = useT();
  const cancel = useCommandCall('run.cancel');
  return (
    <ReasonDialog
      title={t('run.kill.title', { run: shortRun(run) })}
      body={t('run.kill.body')}
      stay={t('run.kill.stay')}
      act={t('run.kill')}
      doing={cancel.isPending ? t('run.kill.doing') : undefined}
      error={cancel.error}
      where="run.cancel"
      onAct={(reason) => cancel.mutate({ run, ...reason }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
