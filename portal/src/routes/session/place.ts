// Where the reader was when the session ended, to go on there after the next sign-in in this tab.

const KEY = 'cellplane.place';

export function rememberPlace(): void {
  const place = location.pathname + location.search;
  if (!place.startsWith('/sign-in')) sessionStorage.setItem(KEY, place);
}

/** A path of this portal, never an address elsewhere. */
export function takePlace(): string {
  const place = sessionStorage.getItem(KEY) ?? '/';
  sessionStorage.removeItem(KEY);
  return /^\/(?![/\\])/.test(place) ? place : '/';
}
