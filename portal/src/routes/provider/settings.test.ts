import { expect, test } from 'vitest';

import { draftOf, settingsOf, wrongLine, type Provider } from './settings';

const kept: Provider = {
  id: 'idp_1',
  name: 'corp',
  title: 'Acme staff',
  issuer: 'https://id.example',
  clientId: 'cellplane',
  hasClientSecret: true,
  scopes: ['openid', 'profile'],
  nameClaim: 'preferred_username',
  groupsClaim: 'groups',
  groupMapping: [{ value: 'cn=ops', group: 'ops' }],
  createsPeople: true,
  linksByName: false,
  assumesS256: false,
  state: 'ACTIVE',
  changedAt: '2026-11-21T22:11:20.123456Z',
};

test('what was not touched comes back as it was, and a secret that was not typed is left alone', () => {
  const sent = settingsOf(draftOf(kept), kept);
  expect(sent.groupMapping).toEqual(kept.groupMapping);
  expect(sent.scopes).toEqual(kept.scopes);
  expect(sent.groupsClaim).toBe('groups');
  expect(sent.clientSecret).toBeNull();
});

test('an emptied claim for groups is taken away, and one that was never there is left out', () => {
  expect(settingsOf({ ...draftOf(kept), groupsClaim: '' }, kept).groupsClaim).toBe('');
  expect(settingsOf(draftOf()).groupsClaim).toBeNull();
});

test('a line without a group is found', () => {
  expect(wrongLine('/ops = operators\n\ncn=ops = ops')).toBeUndefined();
  expect(wrongLine('/ops = operators\n/dev')).toBe('/dev');
  expect(wrongLine('/dev =')).toBe('/dev =');
});
