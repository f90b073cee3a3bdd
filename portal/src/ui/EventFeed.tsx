// One subscription for the whole portal: pages ask again when something happened, and slowly by
// themselves, since "unknown since" and costs change without an event.

import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';

import { EventsDocument } from '../gql/event.generated';
import { follow } from '../gql/follow';
import { useRights } from './Rights';

const SLOW_POLL_MS = 15_000;
/** Several events often belong to one change. */
const SETTLE_MS = 200;

interface Happening {
  instance: string | undefined;
  operation: string | undefined;
}

type Listener = (happening: Happening) => void;

interface Feed {
  live: boolean;
  listen: (listener: Listener) => () => void;
}

const FeedContext = createContext<Feed>({ live: true, listen: () => () => undefined });

export function EventFeed({ children }: { children: ReactNode }) {
  const [live, setLive] = useState(true);
  // Events are those of a tenant; who operates the installation has none, and polls.
  const hasEvents = Boolean(useRights().viewer.tenant);
  const listeners = useRef(new Set<Listener>());

  useEffect(() => {
    if (!hasEvents) return;
    let cursor: string | null = null;
    let stop: () => void;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      stop = follow(EventsDocument, () => ({ after: cursor }), {
        next({ events }) {
          cursor = events.cursor;
          const { instance, operation } = events.node;
          listeners.current.forEach((listener) => {
            listener({ instance: instance?.id, operation: operation?.id });
          });
        },
        live: setLive,
        // The cursor is too old to go on from; what was missed comes with the slow poll.
        refused() {
          cursor = null;
          timer = setTimeout(begin, SLOW_POLL_MS);
        },
      });
    };
    begin();
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [hasEvents]);

  const feed = useMemo<Feed>(
    () => ({
      live,
      listen(listener) {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [live],
  );
  return <FeedContext value={feed}>{children}</FeedContext>;
}

/** Whether events arrive. */
export function useIsLive(): boolean {
  return use(FeedContext).live;
}

/** Calls `refresh` when something happened (to the given instance), and every 15 seconds. */
export function useLive(refresh: () => void, instance?: string): void {
  const { listen } = use(FeedContext);
  const latest = useRef(refresh);
  useEffect(() => {
    latest.current = refresh;
  });
  useEffect(() => {
    let settle: ReturnType<typeof setTimeout> | undefined;
    const poll = setInterval(() => {
      if (document.visibilityState === 'visible') latest.current();
    }, SLOW_POLL_MS);
    const stop = listen((happening) => {
      if (instance && happening.instance && happening.instance !== instance) return;
      settle ??= setTimeout(() => {
        settle = undefined;
        latest.current();
      }, SETTLE_MS);
    });
    return () => {
      stop();
      clearInterval(poll);
      clearTimeout(settle);
    };
  }, [listen, instance]);
}
