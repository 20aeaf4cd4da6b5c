import type { CheckpointView } from '../../../shared/contract/audit.ts';
import { useCall, useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, CopyButton, useCopy } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Layer } from '../../ui/layer.tsx';
import { Empty, ErrorView } from '../../ui/notice.tsx';
import { FullTime } from '../../ui/time.tsx';
import s from './checkpoint-sheet.module.css';
import { qrPath, qrSide, qrSymbol } from './qr.ts';

/** Whole pixels, so that every module has the same size. */
const MODULE_PX = 5;
const COMMAND = 'akios audit anchor --check FILE';

/** The newest signed checkpoint as a page to print or to photograph: an anchor outside this host. */
export function CheckpointSheet({ onClose }: { onClose(): void }) {
  const t = useT();
  const { project } = useSession();
  // Read once: what is on the paper must be what was on the screen.
  const answer = useCall('audit.checkpoint', { project });
  const { done, copy } = useCopy();
  const view = answer.data?.checkpoint ?? null;
  const title =
    view === null ? t('checkpoint.open') : t('checkpoint.title', { n: count(view.size) });
  const actions = view !== null && (
    <>
      <Button onPress={() => copy(view.note)}>
        {t(done ? 'action.copied' : 'checkpoint.copy')}
      </Button>
      <Button kind="primary" onPress={() => window.print()}>
        {t('checkpoint.print')}
      </Button>
    </>
  );
  return (
    <Layer title={title} onClose={onClose} {...(actions === false ? {} : { actions })}>
      {answer.error !== null && (
        <ErrorView
          error={answer.error.toValue()}
          where="audit.checkpoint"
          onRetry={() => void answer.refetch()}
        />
      )}
      {answer.data !== undefined && view === null && (
        <Empty title={t('checkpoint.none')} body={t('checkpoint.noneBody')} />
      )}
      {view !== null && <Sheet view={view} />}
    </Layer>
  );
}

function Sheet({ view }: { view: CheckpointView }) {
  const t = useT();
  const { projectName } = useSession();
  return (
    <div className={s.sheet} data-print-sheet>
      <p className={s.why}>{t('checkpoint.why')}</p>
      <Code view={view} />
      <dl className={s.facts}>
        <dt>{t('checkpoint.origin')}</dt>
        <dd>
          {projectName} <span className={k.mono}>{view.note.split('\n', 1)[0]}</span>
        </dd>
        {view.at !== null && (
          <>
            <dt>{t('checkpoint.at')}</dt>
            <dd>
              <FullTime iso={view.at} />
            </dd>
          </>
        )}
        <dt>{t('checkpoint.root')}</dt>
        <dd className={k.mono}>{view.root}</dd>
      </dl>
      <section aria-label={t('checkpoint.text')}>
        <pre className={s.note}>{view.note}</pre>
      </section>
      <p className={s.check}>
        {t('checkpoint.check')} <code className={k.mono}>{COMMAND}</code>
        <CopyButton text={COMMAND} what={t('what.command')} />
      </p>
    </div>
  );
}

function Code({ view }: { view: CheckpointView }) {
  const t = useT();
  const symbol = qrSymbol(view.note);
  if (symbol === null) return <p>{t('checkpoint.tooLong')}</p>;
  const side = qrSide(symbol);
  return (
    <svg
      className={s.code}
      viewBox={`0 0 ${side} ${side}`}
      width={side * MODULE_PX}
      height={side * MODULE_PX}
      shapeRendering="crispEdges"
      role="img"
      aria-label={t('checkpoint.alt', { n: count(view.size) })}
    >
      <path fill="#ffffff" d={`M0 0h${side}v${side}h-${side}z`} />
      <path fill="#000000" d={qrPath(symbol)} />
    </svg>
  );
}
