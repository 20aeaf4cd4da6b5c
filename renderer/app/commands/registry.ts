import { useEffect, useRef } from 'react';
import { create } from 'zustand';

export interface Command {
  id: string;
  label: string;
  group: 'go' | 'act' | 'view';
  /** As printed, for example "Ctrl K". */
  shortcut?: string;
  run(): void;
  /** Set: shown with the reason, cannot be run. */
  disabledReason?: string | undefined;
}

interface Registry {
  byOwner: ReadonlyMap<string, readonly Command[]>;
  set(owner: string, commands: readonly Command[]): void;
  remove(owner: string): void;
}

export const useRegistry = create<Registry>()((set) => ({
  byOwner: new Map(),
  set: (owner, commands) => set((old) => ({ byOwner: new Map(old.byOwner).set(owner, commands) })),
  remove: (owner) =>
    set((old) => {
      const byOwner = new Map(old.byOwner);
      byOwner.delete(owner);
      return { byOwner };
    }),
}));

/** Puts commands into the palette while the caller is on the screen. */
export function useCommands(owner: string, commands: readonly Command[]): void {
  const newest = useRef(commands);
  newest.current = commands;
  const key = JSON.stringify(commands.map((c) => [c.id, c.label, c.shortcut, c.disabledReason]));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the commands
  useEffect(() => {
    const stable = newest.current.map((c) => ({
      ...c,
      run: () => newest.current.find((n) => n.id === c.id)?.run(),
    }));
    useRegistry.getState().set(owner, stable);
    return () => useRegistry.getState().remove(owner);
  }, [owner, key]);
}
