import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { beforeAll, expect, test, vi } from 'vitest';

import { startLanguage } from '../../language/language';
import SignIn from './SignIn';

beforeAll(startLanguage);

/** The plane is not here: only its answers to the one request of this page are. */
async function check(answer: () => Promise<Response>, testid: string) {
  const post = vi.fn(answer);
  vi.stubGlobal('fetch', post);
  render(
    <MemoryRouter initialEntries={['/sign-in#secret-code']}>
      <SignIn />
    </MemoryRouter>,
  );
  await userEvent.click(screen.getByTestId('sign-in'));
  expect(await screen.findByTestId(testid)).toBeTruthy();
  expect(post).toHaveBeenCalledWith(
    '/sign-in',
    expect.objectContaining({ body: JSON.stringify({ code: 'secret-code' }) }),
  );
}

const refused = (status: number, code: string) => () =>
  Promise.resolve(new Response(JSON.stringify({ error: { code } }), { status }));

test('a used link says so and cannot be tried again', async () => {
  await check(refused(401, 'UNAUTHENTICATED'), 'sign-in-used');
  expect(screen.queryByTestId('sign-in')).toBeNull();
});

test("another address than the plane's own keeps the link", async () => {
  await check(refused(403, 'FORBIDDEN'), 'sign-in-foreign');
  expect(screen.queryByTestId('sign-in')).not.toBeNull();
});

test('whose tenant is suspended is told so', async () => {
  const body = JSON.stringify({ error: { code: 'FORBIDDEN', why: 'tenant_suspended' } });
  await check(() => Promise.resolve(new Response(body, { status: 403 })), 'sign-in-tenant');
});

test('too many attempts keep the link', async () => {
  await check(refused(429, 'TOO_MANY'), 'sign-in-tooMany');
  expect(screen.queryByTestId('sign-in')).not.toBeNull();
});

test('a plane that does not answer keeps the link', async () => {
  await check(() => Promise.reject(new TypeError('no network')), 'sign-in-unreachable');
  expect(screen.queryByTestId('sign-in')).not.toBeNull();
});

test('without a code the page explains where links come from', () => {
  render(
    <MemoryRouter initialEntries={['/sign-in']}>
      <SignIn />
    </MemoryRouter>,
  );
  expect(screen.getByTestId('sign-in-no-code').textContent).toContain('link');
  expect(screen.queryByTestId('sign-in')).toBeNull();
});
