/** What a key means where no field or dialog has taken it. */
export type KeyIntent =
  | { kind: 'palette' }
  | { kind: 'screen'; index: number }
  | { kind: 'filter' }
  | { kind: 'shortcuts' }
  | { kind: 'region'; back: boolean }
  | { kind: 'kill' }
  | { kind: 'panic' };

export interface KeyLike {
  key: string;
  /** The key's place on the keyboard, whatever Shift makes of it. */
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** `typing`: the focus is in a field, where single letters are text. Never a stray letter opens. */
export function intentOf(e: KeyLike, typing: boolean): KeyIntent | null {
  const mod = e.ctrlKey || e.metaKey;
  if (mod && !e.altKey && e.key.toLowerCase() === 'k') return { kind: 'palette' };
  if (mod && !e.altKey && (e.key === '.' || e.code === 'Period')) {
    return { kind: e.shiftKey ? 'panic' : 'kill' };
  }
  if ((mod || e.altKey) && /^[1-9]$/.test(e.key)) return { kind: 'screen', index: Number(e.key) };
  if (e.key === 'F6') return { kind: 'region', back: e.shiftKey };
  if (typing || mod || e.altKey) return null;
  if (e.key === '/') return { kind: 'filter' };
  if (e.key === '?') return { kind: 'shortcuts' };
  return null;
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
  );
}
