import { useState } from 'react';
import type { AkiosError } from '../../shared/domain/errors.ts';
import { useT } from '../app/i18n/use-t.ts';
import { Button } from './button.tsx';
import k from './kit.module.css';
import { Layer } from './layer.tsx';
import { CommandLine, ErrorView } from './notice.tsx';

interface ReasonDialogProps {
  title: string;
  role?: 'dialog' | 'alertdialog';
  body: string;
  /** Word of the button that changes nothing. */
  stay: string;
  /** Word of the button that acts. */
  act: string;
  /** Said while it acts; absent: it does not. */
  doing: string | undefined;
  error: AkiosError | null;
  /** Which call; goes into the diagnostics. */
  where: string;
  /** The line that does the same without the console. */
  command?: string;
  /** The reason is trimmed, and absent when none was given. */
  onAct(reason: { reason?: string }): void;
  onClose(): void;
}

/** Stopping cannot be undone, so it asks once; Enter in the reason acts, Escape does not. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, role, body, stay, act, doing, error, where, command, onAct, onClose } = props;
  const t = useT();
  const [text, setText] = useState('');
  const reason = text.trim();
  const go = (): void => onAct(reason === '' ? {} : { reason });
  return (
    <Layer
      title={title}
      {...(role === undefined ? {} : { role })}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{stay}</Button>
          <Button kind="kill" onPress={go} disabledReason={doing}>
            {act}
          </Button>
        </>
      }
    >
      <p>{body}</p>
      <label className={k.field}>
        {t('run.kill.reason')}
        <input
          value={text}
          maxLength={500}
          // biome-ignore lint/a11y/noAutofocus: focus moves into the dialog
          autoFocus
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && doing === undefined) go();
          }}
        />
      </label>
      {command !== undefined && <CommandLine command={command} />}
      {error !== null && <ErrorView error={error.toValue()} where={where} onRetry={go} />}
    </Layer>
  );
}
