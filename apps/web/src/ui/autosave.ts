import { useCallback, useEffect, useRef, useState } from 'react';

export type SaveState = 'saved' | 'saving' | 'failed';
const QUIET_MS = 600;

/**
 * Saves what changed a moment after the last change, one save after the other; what failed is tried again with the next
 * change, and nothing that was typed is lost.
 */
export function useAutosave<P extends object>(save: (patch: P) => Promise<unknown>) {
  const [state, setState] = useState<SaveState>('saved');
  const [error, setError] = useState<unknown>();
  const waiting = useRef<Partial<P>>({});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const running = useRef<Promise<void>>(Promise.resolve());
  const work = useRef(save);
  work.current = save;

  const flush = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    await running.current;
    const patch = waiting.current;
    if (Object.keys(patch).length === 0) return;
    waiting.current = {};
    setState('saving');
    running.current = work
      .current(patch as P)
      .then(() => {
        setError(undefined);
        setState(Object.keys(waiting.current).length > 0 ? 'saving' : 'saved');
      })
      .catch((problem: unknown) => {
        waiting.current = { ...patch, ...waiting.current };
        setError(problem);
        setState('failed');
      });
    await running.current;
  }, []);

  const change = useCallback(
    (patch: Partial<P>) => {
      waiting.current = { ...waiting.current, ...patch };
      setState('saving');
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), QUIET_MS);
    },
    [flush],
  );

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (Object.keys(waiting.current).length > 0) event.preventDefault();
    };
    addEventListener('beforeunload', warn);
    return () => {
      removeEventListener('beforeunload', warn);
      void flush();
    };
  }, [flush]);

  return { state, error, change, flush };
}
