// Subscriptions that go on after a lost connection. graphql-ws would repeat the first request; here
// each attempt asks for its variables anew, so that it begins where the last one ended.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { createClient, type Client } from 'graphql-ws';
import { stringifyDocument } from 'urql';

import { isOutOfUse } from '../routes/session/obstacle';
import { loseSession } from './client';
import { problemCode, type ProblemCode } from './problem';

const LONGEST_PAUSE_MS = 15_000;
/** What was not refused for so long is followed; mostly a refusal comes sooner. */
const REFUSAL_MS = 300;
/** Close codes by which the plane refuses who is asking, not how. */
const REFUSED = new Set([4401, 4403]);

export interface Follower<Result> {
  next: (result: Result) => void;
  /** Whether answers arrive; false while a new connection is being tried. */
  live?: (live: boolean) => void;
  /** The plane has nothing more to say; without this, it is asked again. */
  end?: () => void;
  /** The plane will not answer this request, however often it is asked. */
  refused?: (code: ProblemCode) => void;
}

let socket: Client | undefined;
let isConnected = false;

function connection(): Client {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  socket ??= createClient({
    url: `${scheme}//${location.host}/graphql/ws`,
    lazy: true,
    lazyCloseTimeout: 2_000,
    keepAlive: 20_000,
    retryAttempts: 0,
    on: {
      connected: () => (isConnected = true),
      closed: () => (isConnected = false),
    },
  });
  return socket;
}

/** Codes after which the same request may well succeed a moment later. */
const PASSING: ProblemCode[] = ['TOO_MANY', 'UNAVAILABLE', 'INTERNAL'];

function refusalOf(reason: unknown): ProblemCode | undefined {
  if (reason instanceof CloseEvent && REFUSED.has(reason.code)) return 'UNAUTHENTICATED';
  if (!Array.isArray(reason)) return undefined;
  const [first] = reason as { extensions?: Record<string, unknown> }[];
  const code = problemCode(first?.extensions?.code);
  return PASSING.includes(code) ? undefined : code;
}

/** Follows a subscription until it ends or the returned function is called. */
export function follow<Result, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Result, Variables>,
  variables: () => Variables,
  follower: Follower<Result>,
): () => void {
  const query = stringifyDocument(document);
  let stopped = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hope: ReturnType<typeof setTimeout> | undefined;
  let forget: (() => void) | undefined;
  let unsubscribe: (() => void) | undefined;

  const asked = () => {
    hope = setTimeout(() => follower.live?.(true), REFUSAL_MS);
  };

  const endAttempt = () => {
    clearTimeout(hope);
    forget?.();
  };

  const again = (reason: unknown) => {
    if (stopped) return;
    endAttempt();
    follower.live?.(false);
    const refusal = refusalOf(reason);
    if (refusal === 'UNAUTHENTICATED') {
      const word = reason instanceof CloseEvent ? reason.reason : undefined;
      loseSession(isOutOfUse(word) ? word : undefined);
    }
    if (refusal) {
      stopped = true;
      follower.refused?.(refusal);
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures);
    failures += 1;
    timer = setTimeout(begin, pause);
  };

  const begin = () => {
    // Over the connection that stands already; a new one says when it does.
    if (isConnected) asked();
    else forget = connection().on('connected', asked);
    unsubscribe = connection().subscribe<Result>(
      { query, variables: variables() },
      {
        next(answer) {
          if (!answer.data) return;
          failures = 0;
          follower.next(answer.data);
        },
        error: again,
        complete() {
          if (stopped) return;
          // Also a connection that was closed politely completes what went through it.
          if (!follower.end) {
            again(undefined);
            return;
          }
          stopped = true;
          endAttempt();
          follower.end();
        },
      },
    );
  };

  begin();
  return () => {
    stopped = true;
    endAttempt();
    clearTimeout(timer);
    unsubscribe?.();
  };
}
