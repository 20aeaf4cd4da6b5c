import { useMemo, useState } from 'react';
import { printable } from '../../../shared/domain/printable.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, Segmented, useCopy } from '../../ui/button.tsx';
import { bytes, count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Empty } from '../../ui/notice.tsx';
import { markerRows } from './diff-rows.ts';
import { DiffView } from './diff-view.tsx';
import { Findings } from './findings.tsx';
import s from './preview.module.css';
import type { Prompts } from './use-preview.ts';

/** The redacted prompt of each model step of a workflow, as it would be sent. */
export function PromptsView({ prompts, wrap }: { prompts: Prompts; wrap: boolean }) {
  const t = useT();
  const [chosen, setChosen] = useState(0);
  const [selected, setSelected] = useState<number | null>(null);
  const prompt = prompts[Math.min(chosen, prompts.length - 1)];
  const { rows, types } = useMemo(() => markerRows(prompt?.text ?? ''), [prompt]);
  if (prompt === undefined)
    return <Empty title={t('prev.noPrompts')} body={t('prev.choose.body')} />;
  return (
    <>
      <div className={s.chips}>
        {prompts.length > 1 && (
          <Segmented
            label={t('prev.prompts')}
            value={String(chosen)}
            onChange={(value) => setChosen(Number(value))}
            options={prompts.map((p, i) => ({
              value: String(i),
              label: t('prev.step', { n: p.step, name: p.name }),
            }))}
          />
        )}
        {prompts.length === 1 && <b>{t('prev.step', { n: prompt.step, name: prompt.name })}</b>}
        <span className={k.muted}>{printable(prompt.model)}</span>
        {prompt.unresolved.length > 0 && (
          <span className={k.why}>
            {t('prev.unresolved', { list: prompt.unresolved.join(', ') })}
          </span>
        )}
      </div>
      <DiffView
        rows={rows}
        side={false}
        wrap={wrap}
        selected={selected}
        nameOf={(at) => types[at] ?? ''}
        fits={() => true}
        onSelect={setSelected}
        rawHead={null}
        redactedHead={
          <>
            <b>{t('prev.redacted')}</b>
            <span className={k.muted}>{t('prev.sent', { bytes: bytes(prompt.bytes) })}</span>
          </>
        }
      />
      <Findings list={prompt.replacements} only={null} selected={selected} onJump={setSelected} />
      <PromptFoot prompt={prompt} />
    </>
  );
}

function PromptFoot({ prompt }: { prompt: Prompts[number] }) {
  const t = useT();
  const { done, copy } = useCopy();
  return (
    <div className={s.foot}>
      <dl className={k.facts}>
        <div>
          <dt>{t('prev.fact.bytesSent')}</dt>
          <dd>
            <b>{count(prompt.bytes)}</b>
          </dd>
        </div>
        <div>
          <dt>{t('prev.fact.tokens')}</dt>
          <dd>{count(prompt.tokens)}</dd>
        </div>
        <div>
          <dt>{t('prev.fact.model')}</dt>
          <dd>{printable(prompt.model)}</dd>
        </div>
      </dl>
      <Button small onPress={() => copy(prompt.text)}>
        {t(done ? 'action.copied' : 'prev.copy')}
      </Button>
    </div>
  );
}
