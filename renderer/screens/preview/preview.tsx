import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button, CheckBox, Segmented } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import k from '../../ui/kit.module.css';
import { Empty, ErrorView, Notice } from '../../ui/notice.tsx';
import { stepFrom } from './diff-rows.ts';
import { Findings } from './findings.tsx';
import { PreviewFoot } from './foot.tsx';
import s from './preview.module.css';
import { PromptsView } from './prompts-view.tsx';
import { Reasons } from './reasons.tsx';
import { SourceList, SourceSelect, useSources } from './sources.tsx';
import { Texts, type Typed } from './texts.tsx';
import { TypeChips } from './type-chips.tsx';
import { type PreviewState, type Source, usePreview } from './use-preview.ts';

type View = 'side' | 'inline' | 'list';

/** A text beside what would leave the machine, with the reason for every marker. */
export function Preview() {
  const t = useT();
  useTitle('screen.preview');
  const { document: path, workflow } = useSearch({ from: '/preview' });
  const navigate = useNavigate();
  const sources = useSources();
  const [typed, setTyped] = useState('');
  const [typing, setTyping] = useState(false);
  const firstDocument = sources.documents.data?.items[0]?.path;
  const source: Source | null =
    typing && path === undefined && workflow === undefined
      ? { kind: 'text', text: typed }
      : workflow !== undefined
        ? { kind: 'workflow', path: workflow }
        : path !== undefined
          ? { kind: 'document', path }
          : firstDocument !== undefined
            ? { kind: 'document', path: firstDocument }
            : null;
  const state = usePreview(source);
  const current =
    source === null ? null : source.kind === 'text' ? 'text' : `${source.kind}:${source.path}`;
  const choose = useCallback(
    (key: string): void => {
      const at = key.indexOf(':');
      const [kind, value] = at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)];
      setTyping(kind === 'text');
      void navigate({
        to: '/preview',
        search:
          kind === 'document'
            ? { document: value }
            : kind === 'workflow'
              ? { workflow: value }
              : {},
      });
    },
    [navigate],
  );
  useCommands(
    'preview',
    sources.items.map((i) => ({
      id: `preview.${i.key}`,
      group: 'act' as const,
      label: t('prev.command', { name: i.label }),
      run: () => choose(i.key),
    })),
  );
  return (
    <Body
      key={current ?? ''}
      state={state}
      onRetry={state.again}
      typed={source?.kind === 'text' ? { text: typed, onChange: setTyped } : null}
      select={<SourceSelect sources={sources} current={current} onChoose={choose} />}
      list={<SourceList sources={sources} current={current} onChoose={choose} />}
    />
  );
}

interface BodyProps {
  state: PreviewState;
  onRetry(): void;
  typed: Typed | null;
  select: ReactNode;
  list: ReactNode;
}

function Body({ state, onRetry, typed, select, list }: BodyProps) {
  const t = useT();
  const { preview, prompts, error } = state;
  const [view, setView] = useState<View>('side');
  const [wrap, setWrap] = useState(true);
  const [only, setOnly] = useState<string | null>(null);
  const [selected, setSelected] = useState<number | null>(null);
  const replacements = preview?.replacements ?? [];
  const types = replacements.map((r) => r.span.type);
  const step = (direction: 1 | -1): void => {
    const next = stepFrom(selected, direction, types, only);
    setSelected(next);
    if (next !== null) {
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus(),
      );
    }
  };
  useFindingKeys(step, () => setSelected(null), selected !== null);
  const one = selected === null ? undefined : replacements[selected];
  return (
    <>
      <div className={k.head}>
        <h1 tabIndex={-1}>{t('prev.title')}</h1>
        {select}
        <span className={cx(k.sub, s.name)}>{preview?.title}</span>
        <span className={k.sp} />
        {typed === null && preview !== null && (
          <Segmented<View>
            label={t('prev.view')}
            value={view}
            onChange={setView}
            options={(['side', 'inline', 'list'] as const).map((value) => ({
              value,
              label: t(`prev.view.${value}`),
            }))}
          />
        )}
        {preview !== null && (
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
          <CheckBox checked={wrap} onChange={setWrap}>
            {t('prev.wrap')}
          </CheckBox>
        </span>
      </div>
      {error?.code === 'REDACTION_FAILED' && (
        <Notice tone="danger" glyph="blocked" flat live="assertive">
          <b>{t('prev.failed')}</b> {error.message}
        </Notice>
      )}
      <div className={s.prev}>
        {list}
        <div className={s.centre}>
          {error !== null && (
            <ErrorView
              error={error}
              where="protect.preview"
              onRetry={onRetry}
              command="akios doctor"
            />
          )}
          {prompts !== null && <PromptsView prompts={prompts} wrap={wrap} />}
          {preview === null &&
            prompts === null &&
            error === null &&
            typed === null &&
            !state.busy && <Empty title={t('prev.choose.title')} body={t('prev.choose.body')} />}
          {(preview !== null || typed !== null) && error === null && (
            <>
              <TypeChips counts={preview?.counts ?? {}} only={only} onOnly={setOnly} />
              {view === 'list' && typed === null ? (
                <Findings
                  list={replacements}
                  only={only}
                  selected={selected}
                  onSelect={setSelected}
                />
              ) : (
                <Texts
                  state={state}
                  typed={typed}
                  side={view === 'side'}
                  wrap={wrap}
                  selected={selected}
                  only={only}
                  onSelect={setSelected}
                />
              )}
            </>
          )}
          {preview !== null && <PreviewFoot preview={preview} />}
        </div>
        <aside
          className={cx(k.side, k.scroll)}
          aria-label={t('prev.side')}
          data-region="side"
          {...(one === undefined ? { 'data-empty': '' } : {})}
        >
          {one === undefined ? (
            <p className={s.pads}>
              {t(
                prompts !== null
                  ? 'prev.promptsNote'
                  : preview !== null && replacements.length === 0
                    ? 'prev.clean'
                    : 'prev.noneSelected',
              )}
            </p>
          ) : (
            <Reasons
              one={one}
              n={(selected ?? 0) + 1}
              total={replacements.length}
              raw={typed?.text ?? preview?.raw ?? null}
              redacted={preview?.redacted ?? ''}
            />
          )}
        </aside>
      </div>
    </>
  );
}

function useFindingKeys(step: (d: 1 | -1) => void, close: () => void, open: boolean): void {
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (document.querySelector('[role="dialog"]') !== null) return;
      if (e.key === 'F7') {
        e.preventDefault();
        step(e.shiftKey ? -1 : 1);
      }
      if (e.key === 'Escape' && open) close();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}
