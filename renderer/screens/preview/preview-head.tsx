import type { ReactNode } from 'react';
import { printable } from '../../../shared/domain/printable.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, CheckBox, Segmented } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import k from '../../ui/kit.module.css';
import s from './preview.module.css';

export type View = 'side' | 'inline' | 'list';
const VIEWS = ['side', 'inline', 'list'] as const;

interface PreviewHeadProps {
  title: string | undefined;
  select: ReactNode;
  /** Null where there is only one way to look at it. */
  view: { value: View; onChange(view: View): void } | null;
  /** Null where there is nothing to step through. */
  step: ((direction: 1 | -1) => void) | null;
  wrap: boolean;
  onWrap(wrap: boolean): void;
}

/** Title, source, way to look and the steps from finding to finding. */
export function PreviewHead({ title, select, view, step, wrap, onWrap }: PreviewHeadProps) {
  const t = useT();
  return (
    <div className={k.head}>
      <h1 tabIndex={-1}>{t('prev.title')}</h1>
      {select}
      <span className={cx(k.sub, s.name)}>{title === undefined ? null : printable(title)}</span>
      <span className={k.sp} />
      {view !== null && (
        <Segmented<View>
          label={t('prev.view')}
          value={view.value}
          onChange={view.onChange}
          options={VIEWS.map((value) => ({ value, label: t(`prev.view.${value}`) }))}
        />
      )}
      {step !== null && (
        <>
          <Button small onPress={() => step(-1)}>
            {t('prev.prev')} <kbd>Shift F7</kbd>
          </Button>
          <Button small onPress={() => step(1)}>
            {t('prev.next')} <kbd>F7</kbd>
          </Button>
        </>
      )}
      <span className={s.low}>
        <CheckBox checked={wrap} onChange={onWrap}>
          {t('prev.wrap')}
        </CheckBox>
      </span>
    </div>
  );
}
