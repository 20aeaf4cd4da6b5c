import type { ReactNode } from 'react';
import type { ErrorCode, ErrorValue } from '../../shared/domain/errors.ts';
import { printable } from '../../shared/domain/printable.ts';
import type { MessageId } from '../app/i18n/en.ts';
import { useT } from '../app/i18n/use-t.ts';
import { Button, CopyButton, useCopy } from './button.tsx';
import { cx } from './cx.ts';
import { Glyph, type GlyphName } from './glyph.tsx';
import s from './notice.module.css';

interface NoticeProps {
  tone: 'warn' | 'danger' | 'info';
  glyph: GlyphName;
  children: ReactNode;
  action?: ReactNode;
  /** Spans its pane from edge to edge. */
  flat?: boolean;
  live?: 'polite' | 'assertive';
}

export function Notice({ tone, glyph, children, action, flat = false, live }: NoticeProps) {
  return (
    <div
      className={cx(s.notice, s[tone], flat && s.flat)}
      {...(live === undefined ? {} : { role: live === 'assertive' ? 'alert' : 'status' })}
    >
      <Glyph name={glyph} tone={tone} />
      <div>{children}</div>
      {action}
    </div>
  );
}

/** Permanent while a protection is switched off; on every screen. */
export function AblationStrip({ children }: { children: ReactNode }) {
  return (
    <div className={s.ablation} role="alert">
      <Glyph name="denied" tone="inherit" />
      <span>{children}</span>
    </div>
  );
}

export function CommandLine({ command }: { command: string }) {
  const t = useT();
  return (
    <div className={s.cli}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long line scrolls sideways by keys */}
      <code tabIndex={0}>{command}</code>
      <CopyButton text={command} what={t('what.command')} />
    </div>
  );
}

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  body: string;
  action?: ReactNode;
  command?: string;
}

/** What will appear here, and the one command that makes it appear. */
export function Empty({ icon, title, body, action, command }: EmptyProps) {
  return (
    <div className={s.empty}>
      {icon}
      <h2>{title}</h2>
      <p>{body}</p>
      {action}
      {command !== undefined && <CommandLine command={command} />}
    </div>
  );
}

const SAFE: Partial<Record<ErrorCode, MessageId>> = {
  HELPER_UNREACHABLE: 'error.safe.unreachable',
  HELPER_VERSION: 'error.safe.unreachable',
  DENIED: 'error.safe.denied',
  FORBIDDEN: 'error.safe.denied',
  NET_DENIED: 'error.safe.denied',
  LEDGER_UNAVAILABLE: 'error.safe.ledger',
  LEDGER_BROKEN: 'error.safe.ledger',
  DISK_FULL: 'error.safe.ledger',
  REDACTION_FAILED: 'error.safe.redaction',
};

/** What support needs and nothing more: no text of a person, no token. */
export function diagnostics(error: ErrorValue, where: string): string {
  return JSON.stringify(
    {
      product: 'akios-console',
      at: new Date().toISOString(),
      where,
      code: error.code,
      message: error.message,
      ...(error.where === undefined ? {} : { field: error.where }),
      ...(error.details === undefined ? {} : { details: error.details }),
      browser: navigator.userAgent,
    },
    null,
    2,
  );
}

interface ErrorViewProps {
  error: ErrorValue;
  /** Which part of the console; goes into the diagnostics. */
  where: string;
  onRetry?: (() => void) | undefined;
  command?: string;
}

/** Code, sentence, what is still safe, next step. */
export function ErrorView({ error, where, onRetry, command }: ErrorViewProps) {
  const t = useT();
  const { done, copy } = useCopy();
  return (
    <div className={s.error} role="alert">
      <h2>
        <Glyph name="failed" tone="danger" />
        {printable(error.message)}
        <code>{error.code}</code>
      </h2>
      {error.where !== undefined && <code>{printable(error.where)}</code>}
      <p>{t(SAFE[error.code] ?? 'error.safe.default')}</p>
      {error.hint !== undefined && <p>{t('error.next', { hint: error.hint })}</p>}
      {command !== undefined && <CommandLine command={command} />}
      <div className={s.actions}>
        {onRetry !== undefined && <Button onPress={onRetry}>{t('action.retry')}</Button>}
        <Button kind="quiet" onPress={() => copy(diagnostics(error, where))}>
          {t(done ? 'action.copied' : 'action.copyDiagnostics')}
        </Button>
      </div>
    </div>
  );
}
