import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Source } from './use-preview.ts';

export interface Chosen {
  source: Source | null;
  /** Key of the choice in the list of sources. */
  current: string | null;
  choose(key: string): void;
  typed: string;
  setTyped(text: string): void;
}

/** What is looked at: named by the address, typed here, or the first document. */
export function useSource(firstDocument: string | undefined): Chosen {
  const { document: path, workflow } = useSearch({ from: '/preview' });
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [typing, setTyping] = useState(false);
  const choose = useCallback(
    (key: string): void => {
      const at = key.indexOf(':');
      const [kind, value] = at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)];
      setTyping(kind === 'text');
      const search =
        kind === 'document' ? { document: value } : kind === 'workflow' ? { workflow: value } : {};
      void navigate({ to: '/preview', search });
    },
    [navigate],
  );
  const source = sourceOf(path, workflow, typing ? typed : null, firstDocument);
  const current =
    source === null ? null : source.kind === 'text' ? 'text' : `${source.kind}:${source.path}`;
  return { source, current, choose, typed, setTyped };
}

function sourceOf(
  path: string | undefined,
  workflow: string | undefined,
  typed: string | null,
  first: string | undefined,
): Source | null {
  if (workflow !== undefined) return { kind: 'workflow', path: workflow };
  if (path !== undefined) return { kind: 'document', path };
  if (typed !== null) return { kind: 'text', text: typed };
  return first === undefined ? null : { kind: 'document', path: first };
}
