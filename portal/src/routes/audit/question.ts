// What of the audit is looked at. It stands in the page's address, so that it can be sent to others.

import type { AuditQueryVariables } from '../../gql/audit.generated';

export type AuditFilter = NonNullable<AuditQueryVariables['filter']>;

/** Parts of the address, named as in the API. */
export const PARTS = [
  'subject',
  'action',
  'target',
  'outcome',
  'from',
  'to',
  'operation',
  'address',
] as const;

export type Question = Record<(typeof PARTS)[number], string>;

/** What an address asks for; empty: not narrowed by that. */
export function questionOf(address: URLSearchParams): Question {
  const part = (name: string) => address.get(name) ?? '';
  return Object.fromEntries(PARTS.map((name) => [name, part(name)])) as Question;
}

/** The address that asks for it. */
export function addressOf(question: Question): Record<string, string> {
  const given = PARTS.map((name) => [name, question[name].trim()] as const);
  return Object.fromEntries(given.filter(([, text]) => text !== ''));
}

export function isNarrowed(question: Question): boolean {
  return PARTS.some((name) => question[name] !== '');
}

export function filterOf(question: Question): AuditFilter {
  const { outcome, ...texts } = question;
  const given = Object.entries(texts).filter(([, text]) => text !== '');
  return {
    ...Object.fromEntries(given),
    ...(outcome === 'DONE' || outcome === 'REFUSED' ? { outcome } : {}),
  };
}
