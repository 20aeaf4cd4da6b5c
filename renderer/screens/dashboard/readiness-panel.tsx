import type { Readiness } from '../../../shared/contract/system.ts';
import { useCall, useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { shownState } from '../../app/live/freshness.ts';
import { useLive } from '../../app/live/store.ts';
import { cx } from '../../ui/cx.ts';
import { Glyph, type GlyphName, type Tone } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { share } from '../../ui/meter.tsx';
import { CommandLine, ErrorView } from '../../ui/notice.tsx';
import s from './dashboard.module.css';

type Input = Readiness['parts'][number]['inputs'][number];

const INPUT_LOOK: Readonly<Record<Input['state'], { name: GlyphName; tone: Tone }>> = {
  pass: { name: 'allowed', tone: 'ok' },
  fail: { name: 'failed', tone: 'danger' },
  'not measured': { name: 'notMeasured', tone: 'faint' },
};

const SHOWN = 3;

/** Inputs that do not pass, those that cost the overall score most first. */
export function missing(score: Readiness): { input: Input; command: string }[] {
  return score.parts
    .flatMap((part) => {
      const all = part.inputs.reduce((sum, i) => sum + i.of, 0);
      return part.inputs
        .filter((i) => i.state !== 'pass')
        .map((input) => ({
          input,
          loss: all === 0 ? 0 : (part.weight * (input.of - input.points)) / all,
          command:
            part.name === 'audit' && input.name === 'The ledger verifies'
              ? 'akios audit verify'
              : part.name === 'security' && input.state === 'not measured'
                ? 'akios cage up'
                : 'akios doctor',
        }));
    })
    .sort((a, b) => b.loss - a.loss);
}

/** The score with its formula and denominator; what is not measured counts against it. */
export function ReadinessPanel() {
  const t = useT();
  const { project } = useSession();
  const status = useCall('status.security', { project }, { every: 30_000, keep: true });
  const score = status.data?.compliance_score;
  const cage = useLive((l) => l.data.cage);
  const state = shownState(
    cage,
    useLive((l) => l.fresh),
  );
  // A word of praise needs a cage that holds now; the number and what is missing stay.
  const holds = (state === 'up' || state === 'degraded') && cage?.level !== 'refuse';
  return (
    <section aria-label={t('dash.ready')}>
      <div className={cx(k.sect, k.rule)}>
        <h2>{t('dash.ready')}</h2>
      </div>
      {score === undefined && status.error !== null && (
        <ErrorView
          error={status.error.toValue()}
          where="status.security"
          onRetry={() => void status.refetch()}
        />
      )}
      {score !== undefined && <Score score={score} praised={holds} />}
    </section>
  );
}

function Score({ score, praised }: { score: Readiness; praised: boolean }) {
  const t = useT();
  return (
    <div className={k.pad}>
      <div className={s.big}>
        <b>{score.overall.toFixed(1)}</b>
        <span className={k.muted}>
          {praised
            ? t('dash.ready.of', { level: t(`dash.ready.${score.level}`) })
            : t('dash.ready.ofFive')}
        </span>
      </div>
      <div className={s.parts}>
        {score.parts.map((p) => (
          <Part key={p.name} part={p} />
        ))}
      </div>
      <Missing score={score} />
      <details className={s.details}>
        <summary>{t('dash.ready.how')}</summary>
        <p className={s.formula}>{score.formula}</p>
        {score.parts.map((p) => (
          <ul key={p.name} className={s.inputs} aria-label={t(`dash.ready.${p.name}`)}>
            {p.inputs.map((i) => (
              <InputLine key={i.name} input={i} />
            ))}
          </ul>
        ))}
      </details>
    </div>
  );
}

/** What costs points now, the dearest first, and the one command that wins most of them back. */
function Missing({ score }: { score: Readiness }) {
  const t = useT();
  const list = missing(score);
  const [first] = list;
  if (first === undefined) return <p className={k.why}>{t('dash.ready.complete')}</p>;
  const shown = list.slice(0, SHOWN);
  return (
    <>
      <h3 className={s.missing}>{t('dash.ready.missing')}</h3>
      <ul className={s.inputs}>
        {shown.map(({ input }) => (
          <InputLine key={input.name} input={input} />
        ))}
      </ul>
      {list.length > SHOWN && (
        <p className={k.why}>{t('dash.ready.more', { n: list.length - SHOWN })}</p>
      )}
      <div className={s.after}>
        <CommandLine command={first.command} />
      </div>
    </>
  );
}

function Part({ part }: { part: Readiness['parts'][number] }) {
  const t = useT();
  const weight = Math.round(part.weight <= 1 ? part.weight * 100 : part.weight);
  return (
    <>
      <span>{t(`dash.ready.${part.name}`)}</span>
      <span className={k.faint}>{t('dash.ready.weight', { weight })}</span>
      <span className={k.r}>
        {part.score === null ? t('state.notMeasured') : part.score.toFixed(1)}
      </span>
      <span className={cx(s.bar, part.score === null && s.dashed)}>
        {part.score !== null && <i style={{ width: `${share(part.score, 5)}%` }} />}
      </span>
    </>
  );
}

function InputLine({ input }: { input: Input }) {
  const t = useT();
  const look = INPUT_LOOK[input.state];
  const word =
    input.state === 'pass'
      ? 'state.pass'
      : input.state === 'fail'
        ? 'state.failed'
        : 'state.notMeasured';
  return (
    <li>
      <Glyph {...look} />
      <span>
        {input.name}
        <span className="visually-hidden">{`, ${t(word)}`}</span>
        <small>{input.detail}</small>
      </span>
      <span className={k.r}>{t('dash.ready.points', { points: input.points, of: input.of })}</span>
    </li>
  );
}
