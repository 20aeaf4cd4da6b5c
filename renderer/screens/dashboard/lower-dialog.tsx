import { useState } from 'react';
import type { ErasureReport } from '../../../shared/contract/cage.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { RUN_END_STATES } from '../../../shared/domain/states.ts';
import { useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useLive } from '../../app/live/store.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { Button, CheckBox } from '../../ui/button.tsx';
import { bytes, count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Layer } from '../../ui/layer.tsx';
import { CommandLine, ErrorView, Notice } from '../../ui/notice.tsx';
import s from './dashboard.module.css';

type Mode = 'session' | 'keep' | 'wipe';
const MODES: readonly Mode[] = ['session', 'keep', 'wipe'];
const FLAG: Readonly<Record<Mode, string>> = {
  session: '',
  keep: ' --keep-data',
  wipe: ' --wipe-all',
};

interface LowerDialogProps {
  projectName: string;
  onClose(): void;
}

/** Says exactly what goes and what stays before asking; only the wipe must be typed. */
export function LowerDialog({ projectName, onClose }: LowerDialogProps) {
  const t = useT();
  const { project } = useSession();
  const runs = useLive((l) => l.data.runs);
  const [mode, setMode] = useState<Mode>('session');
  const [typed, setTyped] = useState('');
  const [stopRuns, setStopRuns] = useState(false);
  const down = useCommandCall('cage.down');
  const live = runs.filter((r) => !RUN_END_STATES.has(r.state)).length;
  if (down.data !== undefined) return <Erased report={down.data} onClose={onClose} />;
  const reason = down.isPending
    ? t('dash.truth.loweringPlain')
    : live > 0 && !stopRuns
      ? t('lower.liveNeeded')
      : mode === 'wipe' && typed !== projectName
        ? t('lower.incomplete')
        : undefined;
  const lower = (): void =>
    down.mutate({
      project,
      ...(mode === 'keep' ? { keepData: true } : {}),
      ...(mode === 'wipe' ? { wipeAll: true, confirm: typed } : {}),
      ...(stopRuns ? { stopRuns: true } : {}),
    });
  return (
    <Layer
      title={t('lower.title')}
      onClose={onClose}
      role="alertdialog"
      actions={
        <>
          <Button onPress={onClose} autoFocus>
            {t('lower.stay')}
          </Button>
          <Button kind={mode === 'keep' ? 'plain' : 'kill'} onPress={lower} disabledReason={reason}>
            {t(`lower.do.${mode}`)}
          </Button>
        </>
      }
    >
      <Choice mode={mode} onMode={setMode} />
      {mode !== 'keep' && <p className={k.why}>{t('lower.method')}</p>}
      {live > 0 && (
        <CheckBox checked={stopRuns} onChange={setStopRuns}>
          {t('lower.live', { n: live })} {t('lower.stopRuns')}
        </CheckBox>
      )}
      {mode === 'wipe' && <Confirm project={projectName} typed={typed} onType={setTyped} />}
      <CommandLine command={`akios cage down${FLAG[mode]}`} />
      {down.error !== null && (
        <ErrorView error={down.error.toValue()} where="cage.down" onRetry={lower} />
      )}
    </Layer>
  );
}

interface ConfirmProps {
  project: string;
  typed: string;
  onType(text: string): void;
}

/** What cannot be undone is typed out first. */
function Confirm({ project, typed, onType }: ConfirmProps) {
  const t = useT();
  return (
    <label className={k.field}>
      {t('lower.confirm', { project })}
      <input
        value={typed}
        autoComplete="off"
        spellCheck={false}
        onChange={(e) => onType(e.target.value)}
      />
    </label>
  );
}

/** The three ways down, with what goes and what stays under the settings of this project. */
function Choice({ mode, onMode }: { mode: Mode; onMode(mode: Mode): void }) {
  const t = useT();
  const why = useLive((l) => l.data.cage?.ledgerKept) ?? null;
  return (
    <>
      <p>{t('lower.intro')}</p>
      <div className={s.modes} role="radiogroup" aria-label={t('lower.mode')}>
        {MODES.map((m) => (
          <label key={m}>
            <input type="radio" name="lower-mode" checked={m === mode} onChange={() => onMode(m)} />
            {t(`lower.mode.${m}`)}
          </label>
        ))}
      </div>
      <dl className={s.effect}>
        <dt>{t('lower.erased')}</dt>
        <dd>{t(mode !== 'keep' && why ? `lower.${mode}.erasedKept` : `lower.${mode}.erased`)}</dd>
        <dt>{t('lower.kept')}</dt>
        <dd>
          {mode !== 'keep' && why
            ? t(`lower.${mode}.keptLedger`, { why })
            : t(`lower.${mode}.kept`)}
        </dd>
      </dl>
      {mode !== 'keep' && !why && (
        <Notice tone="warn" glyph="degraded">
          {t('lower.ledgerHint')}
        </Notice>
      )}
    </>
  );
}

function Erased({ report, onClose }: { report: ErasureReport; onClose(): void }) {
  const t = useT();
  return (
    <Layer
      title={t('lower.done')}
      onClose={onClose}
      actions={
        <Button kind="primary" onPress={onClose} autoFocus>
          {t('action.close')}
        </Button>
      }
    >
      <p>
        {t('lower.done.body', {
          files: count(report.erasedFiles),
          bytes: bytes(report.erasedBytes),
          method: report.method,
          size: count(report.finalSize),
        })}
      </p>
      <dl className={s.effect}>
        <dt>{t('lower.kept')}</dt>
        <dd>{printable(report.kept.join(', '))}</dd>
        <dt>{t('lower.done.receipt')}</dt>
        <dd className={k.mono}>{report.receipt ?? t('lower.done.noReceipt')}</dd>
        {report.exceptions.length > 0 && (
          <>
            <dt>{t('lower.done.exceptions')}</dt>
            <dd>
              {report.exceptions.map((e) => (
                <div key={e.path}>
                  <span className={k.mono}>{printable(e.path)}</span>: {printable(e.why)}
                </div>
              ))}
            </dd>
          </>
        )}
      </dl>
      <p className={k.why}>{report.caveat}</p>
    </Layer>
  );
}
