import { useEffect, useState } from 'react';
import { stepFrom } from './diff-rows.ts';

export interface Selection {
  /** Number of the replacement whose reasons are shown. */
  selected: number | null;
  select(at: number): void;
  /** Selects and goes to the marker in the text. */
  jump(at: number): void;
  step(direction: 1 | -1): void;
  /** Lets go of it. */
  clear(): void;
}

function focusMarker(at: number): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-at="${at}"]`)?.focus());
}

/** One finding at a time: by click, from the list, or by F7; Escape lets go of it. */
export function useSelection(types: readonly string[], only: string | null): Selection {
  const [selected, setSelected] = useState<number | null>(null);
  const jump = (at: number): void => {
    setSelected(at);
    focusMarker(at);
  };
  const step = (direction: 1 | -1): void => {
    const next = stepFrom(selected, direction, types, only);
    if (next === null) setSelected(null);
    else jump(next);
  };
  const clear = (): void => setSelected(null);
  useFindingKeys(step, clear, selected !== null);
  return { selected, select: setSelected, jump, step, clear };
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
