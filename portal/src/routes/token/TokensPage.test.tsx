import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, refusal, sent, show, type Answers } from '../../testing/plane';
import TokensPage from './TokensPage';

beforeAll(startLanguage);

const token = (name: string, more: Record<string, unknown> = {}) => ({
  __typename: 'AccessToken',
  id: `tok_${name}`,
  name,
  createdBy: 'dev',
  createdAt: '2026-11-01T00:00:00.000000Z',
  expiresAt: '2999-01-01T00:00:00.000000Z',
  revokedAt: null,
  previousUntil: null,
  lastUsedAt: null,
  lastAddress: null,
  addresses: [],
  actions: null,
  within: null,
  ...more,
});

const open = (answers: Answers, address = '/tokens') =>
  show(
    <Routes>
      <Route path="/tokens" element={<TokensPage />} />
      <Route path="/service-accounts/:serviceAccount/tokens" element={<TokensPage />} />
    </Routes>,
    { answers, address },
  );
const tokens = (...nodes: unknown[]) => ({ data: { tokens: page(nodes) } });

test('who has no tokens is told so and can make one', async () => {
  const asked = open({ Tokens: tokens() });
  expect((await screen.findByTestId('empty')).textContent).toContain('No tokens yet');
  expect(screen.getByTestId('create-token')).toBeTruthy();
  expect(asked[0]?.variables.subject).toBeNull();
});

test('each token says what it may, where, from where and when it was last used', async () => {
  const limited = token('ci', {
    actions: ['ORDER', 'READ_BILL'],
    within: 'prj_1',
    addresses: ['10.0.0.0/8'],
    lastUsedAt: '2026-11-20T08:00:00.000000Z',
    lastAddress: '192.0.2.7',
  });
  open({ Tokens: tokens(limited, token('free')) });
  const ci = (await screen.findByTestId('token-ci')).textContent;
  for (const text of ['Order', 'Read bills', 'prj_1', '10.0.0.0/8', 'from 192.0.2.7']) {
    expect(ci).toContain(text);
  }
  const free = screen.getByTestId('token-free').textContent;
  for (const text of ['Everything that its owner may', 'Everywhere', 'Anywhere', 'Never']) {
    expect(free).toContain(text);
  }
});

test('what was revoked can do nothing more, and what is over says so', async () => {
  const revoked = token('gone', { revokedAt: '2026-11-02T00:00:00.000000Z' });
  open({
    Tokens: tokens(revoked, token('old', { expiresAt: '2026-11-02T00:00:00.000000Z' })),
  });
  const gone = await screen.findByTestId('token-gone');
  expect(gone.textContent).toContain('Revoked');
  expect(within(gone).queryAllByRole('button')).toEqual([]);
  expect(screen.getByTestId('token-old').textContent).toContain('Over (');
});

test('a token is revoked after a question, and a refusal is shown where it was asked', async () => {
  const revoked = token('ci', { revokedAt: '2026-11-29T00:00:00.000000Z' });
  const asked = open({
    Tokens: [tokens(token('ci')), tokens(revoked)],
    RevokeToken: [refusal('UNAVAILABLE'), { data: { revokeToken: revoked } }],
  });
  await userEvent.click(await screen.findByTestId('revoke-ci'));
  expect(screen.getByRole('dialog').textContent).toContain('Revoke ci?');
  expect(sent(asked, 'RevokeToken')).toEqual([]);
  await userEvent.click(screen.getByTestId('confirm-revoke'));
  const problem = within(screen.getByRole('dialog'));
  expect((await problem.findByTestId('problem')).getAttribute('data-code')).toBe('UNAVAILABLE');
  await userEvent.click(screen.getByTestId('confirm-revoke'));
  expect(await screen.findByText('Revoked')).toBeTruthy();
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(sent(asked, 'RevokeToken').at(-1)).toMatchObject({ token: 'tok_ci' });
});

test('a new secret is shown once, and says how long the one before stays good', async () => {
  const rotated = { __typename: 'ShownToken', token: token('ci'), secret: 'cpt_second' };
  const asked = open({
    Tokens: tokens(token('ci')),
    RotateToken: { data: { rotateToken: rotated } },
  });
  const row = within(await screen.findByTestId('token-ci'));
  await userEvent.click(row.getByRole('button', { name: 'New secret' }));
  const minutes = screen.getByRole('spinbutton');
  await userEvent.clear(minutes);
  await userEvent.type(minutes, '5');
  await userEvent.click(screen.getByTestId('confirm-rotate'));
  expect((await screen.findByTestId('token-secret')).textContent).toContain('cpt_second');
  expect(sent(asked, 'RotateToken')).toMatchObject([{ token: 'tok_ci', overlapMinutes: 5 }]);
  await userEvent.keyboard('{Escape}');
});

test('asking again for a new secret is the same request, until its minutes change', async () => {
  const asked = open({ Tokens: tokens(token('ci')), RotateToken: refusal('UNAVAILABLE') });
  const row = within(await screen.findByTestId('token-ci'));
  await userEvent.click(row.getByRole('button', { name: 'New secret' }));
  const send = async (times: number) => {
    await userEvent.click(screen.getByTestId('confirm-rotate'));
    await waitFor(() => {
      expect(sent(asked, 'RotateToken')).toHaveLength(times);
    });
    await screen.findByTestId('problem');
  };
  await send(1);
  await send(2);
  await userEvent.clear(screen.getByRole('spinbutton'));
  await userEvent.type(screen.getByRole('spinbutton'), '5');
  await send(3);
  const keys = sent(asked, 'RotateToken').map((input) => input?.idempotencyKey);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
});

test("a service account's tokens are asked for by its id and titled by its name", async () => {
  const asked = open({ Tokens: tokens() }, '/service-accounts/sub_9/tokens?name=deployer');
  await screen.findByTestId('empty');
  expect(screen.getByTestId('page-title').textContent).toBe('Tokens of deployer');
  expect(asked[0]?.variables.subject).toBe('sub_9');
});

test('whose tokens may not be seen is told like what is not there', async () => {
  open({ Tokens: refusal('NOT_FOUND') }, '/service-accounts/sub_9/tokens');
  const problem = await screen.findByTestId('problem');
  expect(problem.getAttribute('data-code')).toBe('NOT_FOUND');
});
