import { Search, X } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { useT } from '../app/i18n/use-t.ts';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import s from './filter-field.module.css';

interface FilterFieldProps {
  value: string;
  onCommit(value: string): void;
  placeholder: string;
  /** Judges the text while it is typed; null: fine. */
  problem(text: string): { tone: 'danger' | 'warn'; text: string } | null;
  note?: ReactNode;
}

const WAIT = 250;

/** The one filter of a screen. It stands in the title bar and lives in the address. */
export function FilterField({ value, onCommit, placeholder, problem, note }: FilterFieldProps) {
  const t = useT();
  const [text, setText] = useState(value);
  const [host, setHost] = useState<HTMLElement | null>(null);
  useEffect(() => setHost(document.getElementById('title-filter')), []);
  useEffect(() => setText(value), [value]);
  const wrong = problem(text);
  useEffect(() => {
    if (text === value || wrong?.tone === 'danger') return;
    const timer = setTimeout(() => onCommit(text.trim()), WAIT);
    return () => clearTimeout(timer);
  }, [text, value, wrong?.tone, onCommit]);
  if (host === null) return null;
  return createPortal(
    <label className={cx(s.field, wrong !== null && s[wrong.tone])}>
      <Search size={16} strokeWidth={1.5} aria-hidden="true" />
      <input
        data-filter=""
        aria-label={t('filter.label')}
        aria-invalid={wrong?.tone === 'danger'}
        placeholder={placeholder}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && wrong?.tone !== 'danger') onCommit(text.trim());
          if (e.key === 'Escape') e.currentTarget.blur();
        }}
      />
      {wrong !== null ? <span className={s.problem}>{wrong.text}</span> : note}
      {text === '' ? (
        <kbd>/</kbd>
      ) : (
        <IconButton
          label={t('action.clear')}
          onPress={() => {
            setText('');
            onCommit('');
          }}
        >
          <X size={14} strokeWidth={1.5} />
        </IconButton>
      )}
    </label>,
    host,
  );
}
