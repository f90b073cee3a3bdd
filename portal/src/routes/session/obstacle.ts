// Why a sign-in through a provider was refused: the plane's stable words (docs/sign-in.md), each
// with what a person can do about it.

const groups = {
  again: ['malformed', 'unknown_state', 'state_used', 'state_expired', 'code_missing', 'nonce'],
  browser: ['other_browser'],
  provider: ['unknown_provider'],
  declined: ['provider_refused'],
  down: ['unreachable', 'provider_failed', 'unavailable'],
  clock: ['expired', 'issued_early', 'issued_late', 'not_yet_valid'],
  person: ['unknown_person', 'name_missing', 'name_unusable', 'name_taken'],
  disabled: ['disabled'],
  tenant: ['tenant_suspended', 'tenant_closed'],
} as const;

/** Whether a refusal of the plane says that nobody of the tenant is let in. */
export function isOutOfUse(why: unknown): why is string {
  return (groups.tenant as readonly unknown[]).includes(why);
}

export type Obstacle = keyof typeof groups | 'untrusted';

export interface Refused {
  obstacle: Obstacle;
  /** The plane's word, for whoever is asked for help. */
  word: string;
}

/** What the address says; a word that we do not know is a provider that cannot be trusted. */
export function refusedBy(search: string): Refused | undefined {
  const word = new URLSearchParams(search).get('problem');
  if (!word || !/^[a-z0-9_]{1,40}$/.test(word)) return undefined;
  const known = Object.entries(groups).find(([, words]) =>
    (words as readonly string[]).includes(word),
  );
  return { obstacle: (known?.[0] as Obstacle | undefined) ?? 'untrusted', word };
}
