import { useEffect, useState } from 'react';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, CopyButton, useCopy } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { CommandLine, Notice } from '../../ui/notice.tsx';
import type { ProofStep } from '../../workers/check-proof.ts';
import s from './proof.module.css';
import { SHORT, TALL } from './proof-layout.ts';
import { ProofTree } from './proof-tree.tsx';
import type { RecordProof } from './use-proof.ts';

/** Steps are lower where a tall path would not fit. */
function useStepHeight(): number {
  const [height, setHeight] = useState(() => innerHeight);
  useEffect(() => {
    const onResize = (): void => setHeight(innerHeight);
    addEventListener('resize', onResize);
    return () => removeEventListener('resize', onResize);
  }, []);
  return height > 780 ? TALL : SHORT;
}

export function ProofPane({ data }: { data: RecordProof }) {
  const t = useT();
  const [step, setStep] = useState(1);
  const stepHeight = useStepHeight();
  const { record, proof, check } = data;
  if (proof === null || check === null) {
    const size = data.checkpoint?.size ?? 0;
    return (
      <div className={k.pad}>
        <Notice tone="warn" glyph="degraded">
          <b>{t('audit.proof.uncovered')}</b>{' '}
          {t('audit.proof.uncoveredBody', { size: count(size) })}
        </Notice>
      </div>
    );
  }
  const chosen = Math.min(step, Math.max(1, check.steps.length));
  const one = check.steps[chosen - 1];
  return (
    <>
      <div className={k.scroll}>
        <ProofTree
          seq={record.seq}
          size={proof.size}
          check={check}
          step={chosen}
          onStep={setStep}
          stepHeight={stepHeight}
        />
        {check.steps.length > 0 && (
          <p className={s.legend}>
            <span>
              <i />
              {t('audit.proof.legendOwn')}
            </span>
            <span>
              <i className={s.d} />
              {t('audit.proof.legendGiven')}
            </span>
            <span>
              <i className={s.a} />
              {t('audit.proof.legendStep')}
            </span>
          </p>
        )}
      </div>
      <div className={k.sp} />
      {one === undefined ? (
        <p className={cx(k.pad, k.why)}>{t('audit.proof.single')}</p>
      ) : (
        <StepDetail n={chosen} step={one} />
      )}
      <div className={s.cli}>
        <CommandLine command={`akios audit prove ${record.seq} --size ${proof.size} --json`} />
      </div>
    </>
  );
}

function StepDetail({ n, step }: { n: number; step: ProofStep }) {
  const t = useT();
  const line = (label: string, hash: string) => (
    <>
      <span className={s.l}>{label}</span>
      <span className={k.ell}>{hash}</span>
      <CopyButton text={hash} what={label} />
    </>
  );
  return (
    <div className={s.step}>
      <span className={s.l}>{t('audit.proof.step', { n })}</span>
      <span className={cx(s.what, k.ell)}>
        {t('audit.proof.stepWhat', { from: count(step.result.from), to: count(step.result.to) })}
      </span>
      {line(t('audit.proof.left'), step.left.hash)}
      {line(t('audit.proof.right'), step.right.hash)}
      {line(t('audit.proof.result'), step.result.hash)}
    </div>
  );
}

/** The proof as the helper gave it, ready for another verifier. */
export function CopyProof({ data }: { data: RecordProof }) {
  const t = useT();
  const { done, copy } = useCopy();
  return (
    <Button small onPress={() => copy(JSON.stringify(data.proof, null, 2))}>
      {t(done ? 'action.copied' : 'audit.json')}
    </Button>
  );
}
