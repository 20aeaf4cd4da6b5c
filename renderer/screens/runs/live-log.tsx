import { useEffect, useRef, useState } from 'react';
import type { LogLine } from '../../../shared/contract/runs.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { CheckBox } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import k from '../../ui/kit.module.css';
import { ClockTime, useZoneWord } from '../../ui/time.tsx';
import s from './run.module.css';

const SHOWN = 500;

export const isDenied = (line: Pick<LogLine, 'stream' | 'text'>): boolean =>
  line.stream === 'gate' && /\bden(?:y|ied)\b/i.test(line.text);

/** The newest lines; following stops as soon as a person scrolls up to read. */
export function LiveLog({ lines }: { lines: readonly LogLine[] }) {
  const t = useT();
  const zone = useZoneWord();
  const [follow, setFollow] = useState(true);
  const [onlyDenied, setOnlyDenied] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const shown = (onlyDenied ? lines.filter(isDenied) : lines).slice(-SHOWN);
  const last = shown.at(-1)?.n;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last line moves a followed log
  useEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, last]);
  return (
    <>
      <div className={cx(k.sect, s.logHead)}>
        <h2>{t('run.log')}</h2>
        <span className={k.sub}>{t('run.log.sub', { zone, n: shown.length })}</span>
        <span className={k.sp} />
        <CheckBox checked={onlyDenied} onChange={setOnlyDenied}>
          {t('run.log.denied')}
        </CheckBox>
        <CheckBox checked={follow} onChange={setFollow}>
          {t('run.log.follow')}
        </CheckBox>
      </div>
      <div
        ref={box}
        role="log"
        aria-label={t('run.log')}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the log scrolls by keys
        tabIndex={0}
        className={cx(k.scroll, s.log)}
        onWheel={(e) => {
          if (e.deltaY < 0) setFollow(false);
        }}
      >
        {shown.length === 0 && <p className={k.muted}>{t('run.log.empty')}</p>}
        {shown.map((line) => (
          <div key={line.n} className={s.line}>
            <span className={s.t}>
              <ClockTime iso={line.at} millis />
            </span>
            <span className={s.k}>{line.stream}</span>
            <span className={cx((isDenied(line) || line.stream === 'stderr') && s.err)}>
              {printable(line.text)}
            </span>
          </div>
        ))}
      </div>
    </>
  );
}
