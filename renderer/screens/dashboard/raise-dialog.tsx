import { useState } from 'react';
import { ABLATIONS, type Ablation } from '../../../shared/domain/states.ts';
import { useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { Button } from '../../ui/button.tsx';
import k from '../../ui/kit.module.css';
import { Layer } from '../../ui/layer.tsx';
import { CommandLine, ErrorView } from '../../ui/notice.tsx';
import s from './dashboard.module.css';

/** Raising with a protection off is possible, named, recorded, and red from then on. */
export function RaiseDialog({ onClose }: { onClose(): void }) {
  const t = useT();
  const { project } = useSession();
  const [off, setOff] = useState<readonly Ablation[]>([]);
  const up = useCommandCall('cage.up');
  const raise = (): void =>
    up.mutate(
      {
        project,
        ...(off.includes('no-pii') ? { noPii: true } : {}),
        ...(off.includes('no-audit') ? { noAudit: true } : {}),
        ...(off.includes('no-budget') ? { noBudget: true } : {}),
      },
      { onSuccess: onClose },
    );
  return (
    <Layer
      title={t('raise.title')}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t('action.cancel')}</Button>
          <Button
            kind={off.length === 0 ? 'primary' : 'kill'}
            onPress={raise}
            disabledReason={up.isPending ? t('dash.raising') : undefined}
          >
            {t(off.length === 0 ? 'dash.raise' : 'raise.do')}
          </Button>
        </>
      }
    >
      <p>{t('dash.truth.raising')}</p>
      <p className={k.why}>{t('raise.intro')}</p>
      <div className={s.switches}>
        {ABLATIONS.map((a) => (
          <label key={a}>
            <input
              type="checkbox"
              checked={off.includes(a)}
              onChange={(e) => setOff(e.target.checked ? [...off, a] : off.filter((o) => o !== a))}
            />
            {t(`raise.${a}`)}
          </label>
        ))}
      </div>
      <CommandLine command={['akios cage up', ...off.map((a) => `--${a}`)].join(' ')} />
      {up.error !== null && (
        <ErrorView error={up.error.toValue()} where="cage.up" onRetry={raise} />
      )}
    </Layer>
  );
}
