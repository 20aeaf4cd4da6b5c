import { type ReactNode, useState } from 'react';
import { printable } from '../../../shared/domain/printable.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { Empty, ErrorView, Notice } from '../../ui/notice.tsx';
import { Findings } from './findings.tsx';
import { PreviewFoot } from './foot.tsx';
import s from './preview.module.css';
import { PreviewHead, type View } from './preview-head.tsx';
import { PromptsView } from './prompts-view.tsx';
import { SidePanel } from './side-panel.tsx';
import { SourceList, SourceSelect, useSources } from './sources.tsx';
import { Texts, type Typed } from './texts.tsx';
import { TypeChips } from './type-chips.tsx';
import { type PreviewState, usePreview } from './use-preview.ts';
import { type Selection, useSelection } from './use-selection.ts';
import { useSource } from './use-source.ts';

/** A text beside what would leave the machine, with the reason for every marker. */
export function Preview() {
  const t = useT();
  useTitle('screen.preview');
  const sources = useSources();
  const chosen = useSource(sources.documents.data?.items[0]?.path);
  const { source, current, choose } = chosen;
  const state = usePreview(source);
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
      current={current}
      reading={state.busy || (source === null && sources.documents.isLoading)}
      state={state}
      onRetry={state.again}
      typed={source?.kind === 'text' ? { text: chosen.typed, onChange: chosen.setTyped } : null}
      select={<SourceSelect sources={sources} current={current} onChoose={choose} />}
      list={<SourceList sources={sources} current={current} onChoose={choose} />}
    />
  );
}

interface BodyProps {
  /** Key of the source that is looked at. */
  current: string | null;
  reading: boolean;
  state: PreviewState;
  onRetry(): void;
  typed: Typed | null;
  select: ReactNode;
  list: ReactNode;
}

function Body({ current, reading, state, onRetry, typed, select, list }: BodyProps) {
  const t = useT();
  const { preview, error } = state;
  const [view, setView] = useState<View>('side');
  const [wrap, setWrap] = useState(true);
  const [only, setOnly] = useState<string | null>(null);
  const note = noteOf(state);
  const replacements = preview?.replacements ?? [];
  const selection = useSelection(
    replacements.map((r) => r.span.type),
    only,
  );
  const [seen, setSeen] = useState(current);
  if (seen !== current) {
    // Another text: what was chosen in the one before is not there. The list keeps its focus.
    setSeen(current);
    setOnly(null);
    selection.clear();
  }
  /** From the list the way leads into the text. */
  const show = (at: number): void => {
    if (view === 'list') setView('side');
    selection.jump(at);
  };
  return (
    <>
      <PreviewHead
        title={preview?.title}
        select={select}
        view={typed === null && preview !== null ? { value: view, onChange: setView } : null}
        step={preview === null ? null : selection.step}
        wrap={wrap}
        onWrap={setWrap}
      />
      {error?.code === 'REDACTION_FAILED' && (
        <Notice tone="danger" glyph="blocked" flat live="assertive">
          <b>{t('prev.failed')}</b> {printable(error.message)}
        </Notice>
      )}
      <div className={s.prev}>
        {list}
        <div className={s.centre}>
          <Centre
            {...{ state, reading, typed, view, wrap, only, selection, show, onRetry }}
            onOnly={setOnly}
          />
          {preview !== null && <PreviewFoot preview={preview} />}
        </div>
        <SidePanel
          list={replacements}
          only={only}
          selected={selection.selected}
          onJump={show}
          note={note === null ? '' : t(note)}
          raw={typed?.text ?? preview?.raw ?? null}
          redacted={preview?.redacted ?? ''}
        />
      </div>
    </>
  );
}

/** What the side says while nothing is selected; nothing where there is nothing to select. */
function noteOf({ prompts, preview, error }: PreviewState) {
  if (error !== null) return null;
  if (prompts !== null) return 'prev.promptsNote';
  return preview !== null && preview.replacements.length === 0 ? 'prev.clean' : 'prev.noneSelected';
}

interface CentreProps {
  state: PreviewState;
  reading: boolean;
  typed: Typed | null;
  view: View;
  wrap: boolean;
  only: string | null;
  onOnly(type: string | null): void;
  selection: Selection;
  show(at: number): void;
  onRetry(): void;
}

/** The text, the list of findings, the prompts of a workflow, or why there is none of them. */
function Centre(props: CentreProps) {
  const { state, reading, typed, view, wrap, only, onOnly, selection, show, onRetry } = props;
  const t = useT();
  const { preview, prompts, error } = state;
  const { selected, select } = selection;
  if (error !== null) {
    return (
      <ErrorView error={error} where="protect.preview" onRetry={onRetry} command="akios doctor" />
    );
  }
  if (prompts !== null) return <PromptsView prompts={prompts} wrap={wrap} />;
  if (preview === null && typed === null) {
    if (reading) return <Loading>{t('prev.reading')}</Loading>;
    return <Empty title={t('prev.choose.title')} body={t('prev.choose.body')} />;
  }
  return (
    <>
      <TypeChips counts={preview?.counts ?? {}} only={only} onOnly={onOnly} />
      {view === 'list' && typed === null ? (
        <Findings
          list={preview?.replacements ?? []}
          only={only}
          selected={selected}
          onJump={show}
        />
      ) : (
        <Texts
          state={state}
          typed={typed}
          side={view === 'side'}
          wrap={wrap}
          selected={selected}
          only={only}
          onSelect={select}
        />
      )}
    </>
  );
}
