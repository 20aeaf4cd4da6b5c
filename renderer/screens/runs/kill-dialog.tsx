import { useState } from 'react';
import { useT } from '../../app/i18n/use-t.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { Button } from '../../ui/button.tsx';
import { shortRun } from '../../ui/format.ts';
import { Layer } from '../../ui/layer.tsx';
import { ErrorView } from '../../ui/notice.tsx';
import s from './run.module.css';

/** Killing cannot be undone, so it asks once; Enter in the reason kills. */
export default function KillDialog({ run, onClose }: { run: string; onClose(): void }) {
  const t = useT();
  const [reason, setReason] = useState('');
  const cancel = useCommandCall('run.cancel');
  const kill = (): void =>
    cancel.mutate(
      { run, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) },
      { onSuccess: onClose },
    );
  return (
    <Layer
      title={t('run.kill.title', { run: shortRun(run) })}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t('run.kill.stay')}</Button>
          <Button
            kind="kill"
            onPress={kill}
            disabledReason={cancel.isPending ? t('run.kill.doing') : undefined}
          >
            {t('run.kill')}
          </Button>
        </>
      }
    >
      <p>{t('run.kill.body')}</p>
      <label className={s.reason}>
        {t('run.kill.reason')}
        <input
          value={reason}
          maxLength={500}
          // biome-ignore lint/a11y/noAutofocus: focus moves into the dialog
          autoFocus
          onChange={(e) => setReason(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && !cancel.isPending) kill();
          }}
        />
      </label>
      {cancel.error !== null && (
        <ErrorView error={cancel.error.toValue()} where="run.cancel" onRetry={kill} />
      )}
    </Layer>
  );
}
