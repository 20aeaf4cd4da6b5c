import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import type { ReplacementView } from '../../../shared/contract/protect.ts';
import { markerOf } from '../../../shared/redaction/marker.ts';
import { useSession } from '../../app/api-context.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button, CheckBox, Chip, Segmented } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { bytes, count } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { Empty, ErrorView, Notice } from '../../ui/notice.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { diffRows, stepFrom } from './diff-rows.ts';
import { DiffView } from './diff-view.tsx';
import { PreviewFoot } from './foot.tsx';
import s from './preview.module.css';
import { PromptsView } from './prompts-view.tsx';
import { Reasons } from './reasons.tsx';
import { SourceList, SourceSelect, useSources } from './sources.tsx';
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
  typed: { text: string; onChange(text: string): void } | null;
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
              command="akios protect preview"
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

interface TypeChipsProps {
  counts: Readonly<Record<string, number>>;
  only: string | null;
  onOnly(type: string | null): void;
}

/** How many of each type; a chip filters the walk to its type. */
export function TypeChips({ counts, only, onOnly }: TypeChipsProps) {
  const t = useT();
  const types = Object.entries(counts).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  const total = types.reduce((sum, [, n]) => sum + n, 0);
  return (
    <div className={s.chips}>
      <span>
        <Glyph name="redacted" tone={total === 0 ? 'faint' : 'redact'} />
        <b>{t('prev.count', { n: count(total) })}</b>
      </span>
      {types.map(([type, n]) => (
        <Chip
          key={type}
          pressed={type === only}
          onPress={() => onOnly(type === only ? null : type)}
        >
          {markerOf(type).slice(1, -1)} <b>{count(n)}</b>
        </Chip>
      ))}
    </div>
  );
}

interface TextsProps {
  state: PreviewState;
  typed: BodyProps['typed'];
  side: boolean;
  wrap: boolean;
  selected: number | null;
  only: string | null;
  onSelect(at: number): void;
}

function Texts({ state, typed, side, wrap, selected, only, onSelect }: TextsProps) {
  const t = useT();
  const { role } = useSession();
  const { preview } = state;
  const raw = preview?.raw ?? null;
  const rows = useMemo(
    () => (preview === null ? [] : diffRows(preview.raw, preview.redacted, preview.replacements)),
    [preview],
  );
  const list = preview?.replacements ?? [];
  const nameOf = (at: number): string => {
    const one = list[at];
    if (one === undefined) return '';
    return t('prev.token', {
      type: one.marker.slice(1, -1),
      n: at + 1,
      total: list.length,
      score: one.span.score.toFixed(2),
    });
  };
  return (
    <>
      {preview !== null && raw === null && typed === null && (
        <Notice tone="info" glyph="redacted" flat>
          {t('prev.rawHidden', { role })}
        </Notice>
      )}
      <DiffView
        rows={rows}
        side={side && raw !== null}
        wrap={wrap}
        selected={selected}
        nameOf={nameOf}
        fits={(at) => only === null || list[at]?.span.type === only}
        onSelect={onSelect}
        rawHead={
          <>
            <b>{t('prev.raw')}</b>
            {raw !== null && (
              <span className={k.muted}>{bytes(new TextEncoder().encode(raw).length)}</span>
            )}
            <span className={k.sp} />
            <span className={k.faint}>
              {t(typed === null ? 'prev.rawRecorded' : 'prev.rawTyped')}
            </span>
          </>
        }
        redactedHead={
          <>
            <b>{t('prev.redacted')}</b>
            {preview !== null && (
              <span className={k.muted}>{t('prev.sent', { bytes: bytes(preview.bytes) })}</span>
            )}
            {state.busy && <span className={k.faint}>{t('prev.scanning')}</span>}
          </>
        }
        {...(typed === null
          ? {}
          : {
              editor: (
                <textarea
                  className={s.editor}
                  aria-label={t('prev.raw')}
                  placeholder={t('prev.placeholder')}
                  value={typed.text}
                  spellCheck={false}
                  autoComplete="off"
                  onChange={(e) => typed.onChange(e.target.value)}
                />
              ),
            })}
      />
    </>
  );
}

interface FindingsProps {
  list: readonly ReplacementView[];
  only: string | null;
  selected: number | null;
  onSelect(at: number): void;
}

/** The accessible twin of the picture: one row for each finding, walked with j and k. */
function Findings({ list, only, selected, onSelect }: FindingsProps) {
  const t = useT();
  const rows = list
    .map((one, at) => ({ one, at }))
    .filter(({ one }) => only === null || one.span.type === only);
  const columns: Column<(typeof rows)[number]>[] = [
    {
      id: 'type',
      head: t('prev.col.type'),
      cell: ({ one }) => <span className={k.tok}>{one.marker}</span>,
    },
    {
      id: 'place',
      head: t('prev.col.place'),
      cell: ({ one }) => `${count(one.start)} – ${count(one.end)}`,
    },
    {
      id: 'score',
      head: t('prev.col.score'),
      right: true,
      cell: ({ one }) => one.span.score.toFixed(2),
    },
    { id: 'why', head: t('prev.col.why'), cell: ({ one }) => (one.span.evidence ?? []).join(', ') },
  ];
  return (
    <div className={cx(k.scroll, s.diff)}>
      <Table
        label={t('prev.view.list')}
        columns={columns}
        template={s.findings}
        rows={rows}
        keyOf={({ at }) => String(at)}
        onOpen={({ at }) => onSelect(at)}
        selected={selected === null ? null : String(selected)}
      />
    </div>
  );
}
