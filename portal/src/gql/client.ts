// The one way to ask the plane. A lost session is told to whoever listens (the frame), since any
// page can be the first to notice it.

import { cacheExchange, Client, fetchExchange, mapExchange } from 'urql';

import { problemOf } from './problem';

type Listener = () => void;
const sessionLost = new Set<Listener>();

/** Calls `listener` whenever the plane says that nobody is signed in; returns how to stop. */
export function onSessionLost(listener: Listener): () => void {
  sessionLost.add(listener);
  return () => sessionLost.delete(listener);
}

/** Says that the session has ended, also for what does not go through the client. */
export function loseSession(): void {
  sessionLost.forEach((listener) => {
    listener();
  });
}

/** A client with an empty cache; made anew at each sign-in, so that nobody sees another's answers. */
export function newClient(): Client {
  return new Client({
    url: '/graphql',
    // The plane answers POST only.
    preferGetMethod: false,
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
