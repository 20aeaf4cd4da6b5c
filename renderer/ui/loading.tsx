import { useEffect, useState } from 'react';
import k from './kit.module.css';

/** Shorter waits show nothing: a word that flashes by is worse than none. */
const PATIENCE_MS = 200;

/** What is being waited for, once the wait is long enough to be noticed. */
export function Loading({ children }: { children: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={k.loading} role="status" aria-busy="true">
      {late && children}
    </div>
  );
}
