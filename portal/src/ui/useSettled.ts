import { useEffect, useState } from 'react';

const QUIET_MS = 250;

/** A text once nobody has typed for a moment, so that not every letter is asked for. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(text);
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return settled;
}
