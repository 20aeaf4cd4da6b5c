import { useEffect, useState } from 'react';
import type { PreviewView } from '../../../shared/contract/protect.ts';
import type { CallOutput } from '../../../shared/contract/table.ts';
import type { ErrorValue, Result } from '../../../shared/domain/errors.ts';
import { useSession } from '../../app/api-context.ts';
import type { ConsoleApi } from '../../client/api.ts';

export type Source =
  | { kind: 'document'; path: string }
  | { kind: 'text'; text: string }
  | { kind: 'workflow'; path: string };

export type Prompts = CallOutput<'protect.showPrompt'>['prompts'];

/** Tokens and cost are known for documents only. */
export type TextPreview = Omit<PreviewView, 'tokens' | 'cost'> &
  Partial<Pick<PreviewView, 'tokens' | 'cost'>>;

export interface PreviewState {
  preview: TextPreview | null;
  prompts: Prompts | null;
  error: ErrorValue | null;
  busy: boolean;
}

const NOTHING: PreviewState = { preview: null, prompts: null, error: null, busy: false };
/** Pause in typing (ms) before a text is scanned again. */
const PAUSE = 120;

/** What is typed is scanned at each pause, so it goes through the call that leaves no record. */
async function redactTyped(
  api: ConsoleApi,
  project: string,
  text: string,
  signal: AbortSignal,
): Promise<Result<TextPreview>> {
  const began = performance.now();
  const got = await api.call('protect.redact', { project, text }, signal);
  if (!got.ok) return got;
  const { text: redacted, replacements, counts } = got.value;
  const bytes = new TextEncoder().encode(redacted).length;
  const ms = performance.now() - began;
  return { ok: true, value: { title: '', raw: text, redacted, replacements, counts, bytes, ms } };
}

/**
 * Reads a preview into this component alone. It goes through no cache: raw text is gone from the
 * page when the screen is left.
 */
export function usePreview(source: Source | null): PreviewState & { again(): void } {
  const { api, project } = useSession();
  const [state, setState] = useState<PreviewState>(NOTHING);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round reads the same source again
  useEffect(() => {
    if (source === null || (source.kind === 'text' && source.text === '')) {
      setState(NOTHING);
      return;
    }
    const abort = new AbortController();
    const { signal } = abort;
    const read = async (): Promise<void> => {
      // What is typed goes on being shown; another document never stands under the wrong name.
      setState((old) => ({ ...(source.kind === 'text' ? old : NOTHING), busy: true }));
      if (source.kind === 'workflow') {
        const got = await api.call(
          'protect.showPrompt',
          { project, workflow: source.path },
          signal,
        );
        if (signal.aborted) return;
        setState(
          got.ok ? { ...NOTHING, prompts: got.value.prompts } : { ...NOTHING, error: got.error },
        );
        return;
      }
      const got =
        source.kind === 'document'
          ? await api.call('protect.preview', { project, document: source.path, raw: true }, signal)
          : await redactTyped(api, project, source.text, signal);
      if (signal.aborted) return;
      setState(got.ok ? { ...NOTHING, preview: got.value } : { ...NOTHING, error: got.error });
    };
    const timer = setTimeout(() => void read(), source.kind === 'text' ? PAUSE : 0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, project, JSON.stringify(source), round]);
  return { ...state, again: () => setRound((n) => n + 1) };
}
