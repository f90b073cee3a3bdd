import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { startLanguage } from '../../language/language';
import { refusedBy } from './obstacle';
import SignIn from './SignIn';

beforeAll(startLanguage);
beforeEach(() => {
  localStorage.removeItem('cellplane.tenant');
});

const providers = [
  { name: 'corp', title: 'Acme staff' },
  { name: 'guests', title: 'Guests' },
];

/** The plane is not here: only its answer to the one question of this page is. */
function open(address: string, answer: () => Promise<Response>) {
  const get = vi.fn(answer);
  vi.stubGlobal('fetch', get);
  render(
    <MemoryRouter initialEntries={[address]}>
      <SignIn />
    </MemoryRouter>,
  );
  return get;
}

const told = (body: unknown, status = 200) =>
  Promise.resolve(new Response(JSON.stringify(body), { status }));

test('the providers of a tenant are shown by their titles and remembered', async () => {
  const get = open('/sign-in', () => told({ providers }));
  await userEvent.type(screen.getByTestId('tenant'), 'acme');
  await userEvent.click(screen.getByTestId('find-providers'));
  expect((await screen.findByTestId('provider-corp')).textContent).toBe('Sign in with Acme staff');
  expect(screen.getByTestId('provider-guests')).toBeTruthy();
  expect(get).toHaveBeenCalledWith('/sign-in/providers?tenant=acme');
  expect(localStorage.getItem('cellplane.tenant')).toBe('acme');
});

test('a tenant that is not there looks like one without providers', async () => {
  open('/sign-in?tenant=nowhere', () => told({ providers: [] }));
  expect(await screen.findByTestId('providers-none')).toBeTruthy();
  expect(localStorage.getItem('cellplane.tenant')).toBeNull();
});

test('too many questions and a plane that is away are told apart', async () => {
  open('/sign-in?tenant=acme', () => told({ error: { code: 'TOO_MANY' } }, 429));
  expect(await screen.findByTestId('providers-tooMany')).toBeTruthy();
});

test('a plane that is away is told', async () => {
  open('/sign-in?tenant=acme', () => Promise.reject(new TypeError('no network')));
  expect(await screen.findByTestId('providers-unreachable')).toBeTruthy();
});

test('a refusal says what to do, with the word for whoever helps', async () => {
  open('/sign-in?problem=issued_late&tenant=acme', () => told({ providers }));
  const problem = await screen.findByTestId('provider-problem');
  expect(problem.textContent).toContain('clocks');
  expect(problem.textContent).toContain('issued_late');
  expect(await screen.findByTestId('provider-corp')).toBeTruthy();
});

test('words are in groups, and only words are taken from the address', () => {
  expect(refusedBy('?problem=unreachable')).toEqual({ obstacle: 'down', word: 'unreachable' });
  expect(refusedBy('?problem=signature')?.obstacle).toBe('untrusted');
  expect(refusedBy('?problem=%3Cb%3E')).toBeUndefined();
  expect(refusedBy('?signed-out')).toBeUndefined();
});
