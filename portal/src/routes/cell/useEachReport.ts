import { useEffect, useRef } from 'react';

/** Cells report once a minute at least; an operator who looks wants to be a little closer. */
const PERIOD_MS = 10_000;

/** Asks again while the page is looked at; cells have no feed that could tell. */
export function useEachReport(refresh: () => void): void {
  const latest = useRef(refresh);
  useEffect(() => {
    latest.current = refresh;
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, PERIOD_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
}
