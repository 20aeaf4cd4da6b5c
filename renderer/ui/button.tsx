import { Check, Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { useEffect, useId, useState } from 'react';
import { useT } from '../app/i18n/use-t.ts';
import s from './button.module.css';
import { cx } from './cx.ts';
import k from './kit.module.css';

interface ButtonProps {
  children: ReactNode;
  onPress(): void;
  kind?: 'plain' | 'primary' | 'kill' | 'quiet';
  small?: boolean;
  /** Set: the button cannot be used, stays reachable, and says why. */
  disabledReason?: string | undefined;
  /** False: the reason is shown elsewhere beside the button, not by it. */
  showReason?: boolean;
  autoFocus?: boolean;
  id?: string;
}

export function Button({
  children,
  onPress,
  kind = 'plain',
  small = false,
  disabledReason,
  showReason = true,
  autoFocus = false,
  id,
}: ButtonProps) {
  const reasonId = useId();
  const off = disabledReason !== undefined;
  return (
    <>
      {off && (
        <span id={reasonId} className={showReason ? k.why : 'visually-hidden'}>
          {disabledReason}
        </span>
      )}
      <button
        type="button"
        {...(id === undefined ? {} : { id })}
        className={cx(s.btn, kind !== 'plain' && s[kind], small && s.small)}
        onClick={() => {
          if (!off) onPress();
        }}
        // biome-ignore lint/a11y/noAutofocus: only inside dialogs, where focus must move in
        autoFocus={autoFocus}
        {...(off ? { 'aria-disabled': true, 'aria-describedby': reasonId } : {})}
      >
        {children}
      </button>
    </>
  );
}

interface IconButtonProps {
  label: string;
  onPress(): void;
  children: ReactNode;
  done?: boolean;
}

export function IconButton({ label, onPress, children, done = false }: IconButtonProps) {
  return (
    <button
      type="button"
      className={s.icon}
      aria-label={label}
      title={label}
      onClick={onPress}
      {...(done ? { 'data-done': '' } : {})}
    >
      {children}
    </button>
  );
}

/** True for a second after `copy` put a text on the clipboard. */
export function useCopy(): { done: boolean; copy(text: string): void } {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1200);
    return () => clearTimeout(timer);
  }, [done]);
  return {
    done,
    copy: (text) => {
      navigator.clipboard.writeText(text).then(
        () => setDone(true),
        () => setDone(false),
      );
    },
  };
}

export function CopyButton({ text, what }: { text: string; what: string }) {
  const t = useT();
  const { done, copy } = useCopy();
  return (
    <IconButton
      label={done ? t('action.copied') : t('action.copyWhat', { what })}
      onPress={() => copy(text)}
      done={done}
    >
      {done ? <Check size={14} strokeWidth={2} /> : <Copy size={14} strokeWidth={1.5} />}
    </IconButton>
  );
}

interface CheckProps {
  checked: boolean;
  onChange(checked: boolean): void;
  children: ReactNode;
}

export function CheckBox({ checked, onChange, children }: CheckProps) {
  return (
    <label className={s.check}>
      <input type="checkbox" checked={checked} onChange={(e) => onChange(e.target.checked)} />
      {children}
    </label>
  );
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange(value: T): void;
}

export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: SegmentedProps<T>) {
  return (
    <div className={s.seg} role="group" aria-label={label}>
      {options.map((o) => (
        <button
          key={o.value}
          type="button"
          aria-pressed={o.value === value}
          onClick={() => onChange(o.value)}
        >
          {o.label}
        </button>
      ))}
    </div>
  );
}

interface ChipProps {
  pressed: boolean;
  onPress(): void;
  children: ReactNode;
}

export function Chip({ pressed, onPress, children }: ChipProps) {
  return (
    <button type="button" className={s.chip} aria-pressed={pressed} onClick={onPress}>
      {children}
    </button>
  );
}

export function Pill({ children, onPress }: { children: ReactNode; onPress(): void }) {
  return (
    <button type="button" className={s.pill} onClick={onPress}>
      {children}
    </button>
  );
}
