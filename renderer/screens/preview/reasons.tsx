import type { ReplacementView } from '../../../shared/contract/protect.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { placeText } from '../../../shared/redaction/place.ts';
import { typeInfo } from '../../../shared/redaction/types.ts';
import { type Translate, useT } from '../../app/i18n/use-t.ts';
import { cx } from '../../ui/cx.ts';
import { count } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { contextOf } from './diff-rows.ts';
import s from './preview.module.css';

/** `label:mrn` and the like in words; what has no known form is the name of a rule. */
export function evidenceText(t: Translate, evidence: string): string {
  const at = evidence.indexOf(':');
  const kind = at < 0 ? '' : evidence.slice(0, at);
  const value = evidence.slice(at + 1);
  if (kind === 'label') return t('prev.why.label', { value });
  if (kind === 'by') return t('prev.why.by', { value });
  return kind === '' ? t('prev.why.rule', { value }) : printable(evidence);
}

interface ReasonsProps {
  one: ReplacementView;
  n: number;
  total: number;
  raw: string | null;
  redacted: string;
}

/** Why a piece of text was redacted: type, evidence, score and the words around it. */
export function Reasons({ one, n, total, raw, redacted }: ReasonsProps) {
  const t = useT();
  const around = contextOf(redacted, one.outStart, one.outEnd);
  const evidence = one.span.evidence ?? [];
  return (
    <>
      <div className={k.sect}>
        <span className={k.tok}>{one.marker}</span>
        <span className={k.sub}>{t('prev.of', { n, total })}</span>
        <span className={k.sp} />
        <span className={k.faint}>
          {t('prev.score')} <b className={s.score}>{one.span.score.toFixed(2)}</b>
        </span>
      </div>
      <Facts one={one} raw={raw} />
      <div className={cx(k.sect, k.rule)}>
        <h2>{t('prev.why')}</h2>
      </div>
      {evidence.length === 0 ? (
        <p className={cx(k.pad, k.muted)}>{t('prev.whyNone')}</p>
      ) : (
        <ul className={cx(s.reasons, k.pad)}>
          {evidence.map((e) => (
            <li key={e}>
              <Glyph name="allowed" tone="muted" />
              <span>{evidenceText(t, e)}</span>
            </li>
          ))}
        </ul>
      )}
      <div className={cx(k.sect, k.rule)}>
        <h2>{t('prev.context')}</h2>
      </div>
      <p className={cx(k.pad, s.context)}>
        {printable(around.before)}
        <span className={k.tok}>{one.marker}</span>
        {printable(around.after)}
      </p>
    </>
  );
}

/** What the detector knows of one finding, and where it stands. */
function Facts({ one, raw }: Pick<ReasonsProps, 'one' | 'raw'>) {
  const t = useT();
  const info = typeInfo(one.span.type);
  return (
    <dl className={cx(k.kv, k.pad)}>
      {raw !== null && (
        <>
          <dt>{t('prev.fact.raw')}</dt>
          <dd className={k.mono}>
            <mark className={s.raw}>{printable(raw.slice(one.start, one.end))}</mark>
          </dd>
        </>
      )}
      <dt>{t('prev.fact.type')}</dt>
      <dd className={k.mono}>
        {one.span.subtype === undefined ? one.span.type : `${one.span.type}, ${one.span.subtype}`}
      </dd>
      {info !== undefined && (
        <>
          <dt>{t('prev.fact.meaning')}</dt>
          <dd title={info.description}>{info.description}</dd>
          <dt>{t('prev.fact.decided')}</dt>
          <dd className={s.free}>
            {t(`prev.decided.${info.decidedBy}`)}
            {info.checked && `, ${t('prev.fact.checked')}`}
          </dd>
        </>
      )}
      <dt>{t('prev.fact.source')}</dt>
      <dd className={k.mono}>{one.span.source}</dd>
      {one.place !== undefined && (
        <>
          <dt>{t('prev.fact.place')}</dt>
          <dd>{printable(placeText(one.place))}</dd>
        </>
      )}
      <dt>{t('prev.fact.offsets')}</dt>
      <dd>{t('prev.fact.offsetsValue', { from: count(one.start), to: count(one.end) })}</dd>
    </dl>
  );
}
