import { useMemo } from 'react';
import { useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { bytes } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Notice } from '../../ui/notice.tsx';
import { diffRows } from './diff-rows.ts';
import { DiffView } from './diff-view.tsx';
import s from './preview.module.css';
import type { PreviewState } from './use-preview.ts';

/** A text that is being typed; it lives in the screen alone. */
export interface Typed {
  text: string;
  onChange(text: string): void;
}

interface TextsProps {
  state: PreviewState;
  typed: Typed | null;
  side: boolean;
  wrap: boolean;
  selected: number | null;
  only: string | null;
  onSelect(at: number): void;
}

/** Raw beside redacted, or the redacted side alone where the raw one may not be seen. */
export function Texts({ state, typed, side, wrap, selected, only, onSelect }: TextsProps) {
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
        rawHead={<RawHead raw={raw} typed={typed !== null} />}
        redactedHead={<RedactedHead state={state} />}
        {...(typed === null ? {} : { editor: <Editor typed={typed} /> })}
      />
    </>
  );
}

function RawHead({ raw, typed }: { raw: string | null; typed: boolean }) {
  const t = useT();
  return (
    <>
      <b>{t('prev.raw')}</b>
      {raw !== null && (
        <span className={k.muted}>{bytes(new TextEncoder().encode(raw).length)}</span>
      )}
      <span className={k.sp} />
      <span className={k.faint}>{t(typed ? 'prev.rawTyped' : 'prev.rawRecorded')}</span>
    </>
  );
}

function RedactedHead({ state: { preview, busy } }: { state: PreviewState }) {
  const t = useT();
  return (
    <>
      <b>{t('prev.redacted')}</b>
      {preview !== null && (
        <span className={k.muted}>{t('prev.sent', { bytes: bytes(preview.bytes) })}</span>
      )}
      {busy && <span className={k.faint}>{t('prev.scanning')}</span>}
    </>
  );
}

function Editor({ typed }: { typed: Typed }) {
  const t = useT();
  return (
    <textarea
      className={s.editor}
      aria-label={t('prev.raw')}
      placeholder={t('prev.placeholder')}
      value={typed.text}
      spellCheck={false}
      autoComplete="off"
      onChange={(e) => typed.onChange(e.target.value)}
    />
  );
}
