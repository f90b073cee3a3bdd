// What is typed into the form of a provider, and what is sent of it.

import type { IdentityProvidersQuery } from '../../gql/identity-provider.generated';

export type Provider = IdentityProvidersQuery['identityProviders'][number];

export interface Draft {
  name: string;
  issuer: string;
  title: string;
  clientId: string;
  clientSecret: string;
  scopes: string;
  nameClaim: string;
  groupsClaim: string;
  /** One per line: value = group. */
  mapping: string;
  createsPeople: boolean;
  linksByName: boolean;
  assumesS256: boolean;
}

export function draftOf(provider?: Provider): Draft {
  return {
    name: provider?.name ?? '',
    issuer: provider?.issuer ?? '',
    title: provider?.title ?? '',
    clientId: provider?.clientId ?? '',
    clientSecret: '',
    scopes: provider?.scopes.join(' ') ?? '',
    nameClaim: provider?.nameClaim ?? '',
    groupsClaim: provider?.groupsClaim ?? '',
    mapping:
      provider?.groupMapping.map(({ value, group }) => `${value} = ${group}`).join('\n') ?? '',
    createsPeople: provider?.createsPeople ?? false,
    linksByName: provider?.linksByName ?? false,
    assumesS256: provider?.assumesS256 ?? false,
  };
}

/** The first line that is no pair; none if all are. */
export function wrongLine(mapping: string): string | undefined {
  const lines = mapping.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => !/^.+=\s*\S+\s*$/.test(line));
}

/** What is left empty is the default, or stays as it is; a secret is sent only if one was typed. */
export function settingsOf(draft: Draft, before?: Provider) {
  const pairs = draft.mapping.split('\n').filter((line) => line.trim() !== '');
  const groupMapping = pairs.map((line) => {
    // A value may have the sign in it, the name of a group has not.
    const at = line.lastIndexOf('=');
    return { value: line.slice(0, at).trim(), group: line.slice(at + 1).trim() };
  });
  const groups = draft.groupsClaim.trim();
  return {
    title: draft.title || null,
    clientId: draft.clientId || null,
    clientSecret: draft.clientSecret || null,
    scopes: draft.scopes.trim() ? draft.scopes.trim().split(/\s+/) : null,
    nameClaim: draft.nameClaim.trim() || null,
    // Empty takes it away, which means something only where one was kept.
    groupsClaim: groups || (before?.groupsClaim ? '' : null),
    groupMapping,
    createsPeople: draft.createsPeople,
    linksByName: draft.linksByName,
    assumesS256: draft.assumesS256,
    isActive: null,
  };
}
