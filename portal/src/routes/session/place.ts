// Where the reader was when the session ended, to go on there after the next sign-in in this tab.

const KEY = 'cellplane.place';

export function rememberPlace(): void {
  const place = location.pathname + location.search;
  if (!place.startsWith('/sign-in')) sessionStorage.setItem(KEY, place);
}

/** A path of this portal, never an address elsewhere. */
export function takePlace(): string {
  const place = seePlace();
  sessionStorage.removeItem(KEY);
  return place;
}

/** The same, left where it is: the way through a provider may end elsewhere. */
export function seePlace(): string {
  const place = sessionStorage.getItem(KEY) ?? '/';
  return /^\/(?![/\\])/.test(place) ? place : '/';
}
