// The one way to ask the plane. A lost session is told to whoever listens (the frame), since any
// page can be the first to notice it.

import { cacheExchange, Client, fetchExchange, mapExchange } from 'urql';

import { isOutOfUse } from '../routes/session/obstacle';
import { problemOf } from './problem';

/** `problem`: the plane's word for why, if it is not only that the session is over. */
type Listener = (problem?: string) => void;
const sessionLost = new Set<Listener>();

/** Calls `listener` whenever the plane says that nobody is signed in; returns how to stop. */
export function onSessionLost(listener: Listener): () => void {
  sessionLost.add(listener);
  return () => sessionLost.delete(listener);
}

/** Says that the session has ended, also for what does not go through the client. */
export function loseSession(problem?: string): void {
  sessionLost.forEach((listener) => {
    listener(problem);
  });
}

/** Asks, and hears when nobody of the viewer's tenant is let in any more. */
async function ask(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  if (response.status === 403) {
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    const why = (body as { error?: { why?: unknown } } | undefined)?.error?.why;
    if (isOutOfUse(why)) loseSession(why);
  }
  return response;
}

/** A client with an empty cache; made anew at each sign-in, so that nobody sees another's answers. */
export function newClient(): Client {
  return new Client({
    url: '/graphql',
    // The plane answers POST only.
    preferGetMethod: false,
    fetch: ask,
    requestPolicy: 'cache-and-network',
    fetchOptions: { credentials: 'same-origin', headers: { 'x-cellplane': 'portal' } },
    exchanges: [
      mapExchange({
        onError(error) {
          if (problemOf(error).code === 'UNAUTHENTICATED') loseSession();
        },
      }),
      cacheExchange,
      fetchExchange,
    ],
  });
}
