import { fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { invalid, page, refusal, sent, show, type Answers } from '../../testing/plane';
import ServiceAccountsPage from './ServiceAccountsPage';

beforeAll(startLanguage);

const account = (name: string) => ({
  __typename: 'ServiceAccount',
  id: `sub_${name}`,
  name,
  title: `The ${name}`,
  organization: { __typename: 'Organization', id: 'org_1', title: 'Research' },
  createdBy: 'admin',
  createdAt: '2026-11-01T00:00:00.000000Z',
});
const place = (id: string, viewerCan: string[]) => ({
  __typename: 'Organization',
  id,
  name: id,
  title: id,
  path: [{ __typename: 'Organization', id, title: id }],
  viewerCan,
});
const accounts = (...nodes: unknown[]) => ({ data: { serviceAccounts: page(nodes) } });
const open = (answers: Answers) =>
  show(<ServiceAccountsPage />, { answers, can: ['MANAGE_ACCESS'] });

test('each program shows where it belongs, who made it, and leads to its tokens', async () => {
  open({ ServiceAccounts: accounts(account('deployer')) });
  const link = await screen.findByRole('link', { name: 'deployer' });
  expect(link.getAttribute('href')).toBe('/service-accounts/sub_deployer/tokens?name=deployer');
  const shown = screen.getByTestId('service-accounts').textContent;
  for (const text of ['The deployer', 'Research', 'admin']) expect(shown).toContain(text);
});

test('who manages no program is told so', async () => {
  open({ ServiceAccounts: accounts() });
  expect((await screen.findByTestId('empty')).textContent).toContain('No service accounts');
});

test('a program is made where access is managed, and the list has it', async () => {
  const organizations = page([place('org_mine', ['MANAGE_ACCESS']), place('org_seen', ['VIEW'])]);
  const places = { organizations, projects: page([]), applications: page([]) };
  const message = 'expected lower-case letters';
  const asked = open({
    ServiceAccounts: [accounts(), accounts(account('deployer'))],
    Places: { data: places },
    CreateServiceAccount: [
      invalid('name', message),
      { data: { createServiceAccount: account('deployer') } },
    ],
  });
  await userEvent.click(await screen.findByTestId('create-service-account'));
  const confirm = screen.getByTestId<HTMLButtonElement>('confirm-service-account');
  const name = screen.getByTestId('service-account-name');
  fireEvent.change(name, { target: { value: 'Deployer' } });
  expect(confirm.disabled).toBe(true);
  const seen = await screen.findByTestId<HTMLInputElement>('service-account-organization-org_seen');
  expect(seen.disabled).toBe(true);
  await userEvent.click(screen.getByTestId('service-account-organization-org_mine'));
  await userEvent.click(confirm);
  expect((await screen.findByTestId('field-error')).textContent).toBe(message);
  fireEvent.change(name, { target: { value: 'deployer' } });
  await userEvent.click(confirm);
  expect(await screen.findByRole('link', { name: 'deployer' })).toBeTruthy();
  expect(screen.queryByRole('dialog')).toBeNull();
  // Without a title of its own it is called by its name.
  const input = { organization: 'org_mine', name: 'deployer', title: 'deployer' };
  expect(sent(asked, 'CreateServiceAccount').at(-1)).toMatchObject(input);
});

test('a program is deleted after a question, and a refusal is shown where it was asked', async () => {
  const asked = open({
    ServiceAccounts: [accounts(account('deployer')), accounts()],
    DeleteServiceAccount: [
      refusal('FORBIDDEN', { action: 'manage_access' }),
      { data: { deleteServiceAccount: 'sub_deployer' } },
    ],
  });
  const row = within(await screen.findByTestId('service-accounts'));
  await userEvent.click(row.getByRole('button'));
  expect(sent(asked, 'DeleteServiceAccount')).toEqual([]);
  await userEvent.click(screen.getByTestId('confirm-delete'));
  const problem = await screen.findByTestId('problem');
  expect(problem.getAttribute('data-code')).toBe('FORBIDDEN');
  await userEvent.click(screen.getByTestId('confirm-delete'));
  expect(await screen.findByTestId('empty')).toBeTruthy();
  const deleted = { serviceAccount: 'sub_deployer' };
  expect(sent(asked, 'DeleteServiceAccount').at(-1)).toMatchObject(deleted);
});
