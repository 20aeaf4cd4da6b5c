import { formatUsd } from '../../../shared/domain/money.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, useCopy } from '../../ui/button.tsx';
import { count, duration } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import s from './preview.module.css';
import type { TextPreview } from './use-preview.ts';

/** Bytes, tokens and cost of what would be sent; the clipboard gets the redacted form only. */
export function PreviewFoot({ preview }: { preview: TextPreview }) {
  const t = useT();
  const { done, copy } = useCopy();
  const raw = preview.raw === null ? null : new TextEncoder().encode(preview.raw).length;
  return (
    <div className={s.foot}>
      <dl className={k.facts}>
        <div>
          <dt>{t(raw === null ? 'prev.fact.bytesSent' : 'prev.fact.bytes')}</dt>
          <dd>
            {raw !== null && `${count(raw)}, `}
            <b>{count(preview.bytes)}</b>
          </dd>
        </div>
        {preview.tokens !== undefined && (
          <div>
            <dt>{t('prev.fact.tokens')}</dt>
            <dd>{count(preview.tokens)}</dd>
          </div>
        )}
        {preview.cost !== undefined && (
          <div>
            <dt>{t('prev.fact.cost')}</dt>
            <dd>
              {preview.cost === null
                ? t('prev.fact.noCost')
                : `${formatUsd(preview.cost.likely, 6)}, ${formatUsd(preview.cost.high, 6)}`}
            </dd>
          </div>
        )}
        {preview.cost != null && (
          <div>
            <dt>{t('prev.fact.model')}</dt>
            <dd>{preview.cost.model}</dd>
          </div>
        )}
        <div>
          <dt>{t('prev.fact.scan')}</dt>
          <dd>{duration(preview.ms)}</dd>
        </div>
      </dl>
      <Button small onPress={() => copy(preview.redacted)}>
        {t(done ? 'action.copied' : 'prev.copy')}
      </Button>
    </div>
  );
}
