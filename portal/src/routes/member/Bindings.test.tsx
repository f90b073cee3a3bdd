import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, refusal, sent, show, type Answers } from '../../testing/plane';
import { Bindings } from './Bindings';

beforeAll(startLanguage);

const wei = { id: 'sub_wei', title: 'Zhang Wei' };
const role = (id: string, actions: string[]) => ({
  __typename: 'Role',
  id,
  name: id,
  title: id,
  isOwn: false,
  parts: [],
  actions,
});
const binding = (effect: string) => ({
  __typename: 'Binding',
  id: 'bnd_1',
  holder: { __typename: 'Subject', name: 'wei', ...wei },
  role: { __typename: 'Role', id: 'developer', title: 'developer', isOwn: false },
  at: { __typename: 'Project', id: 'prj_web', title: 'Web' },
  effect,
  createdAt: '2026-11-01T00:00:00.000000Z',
});
const bindings = (...nodes: unknown[]) => ({ data: { bindings: page(nodes) } });
const place = (id: string, viewerCan: string[]) => ({
  __typename: 'Project',
  id,
  name: id,
  title: id,
  organization: null,
  viewerCan,
});
const answers: Answers = {
  Roles: { data: { roles: [role('developer', ['ORDER', 'CHANGE']), role('operator', [])] } },
  Places: {
    data: {
      organizations: page([]),
      projects: page([place('prj_web', ['MANAGE_ACCESS']), place('prj_seen', ['VIEW'])]),
      applications: page([]),
    },
  },
};
const open = (more: Answers) =>
  show(<Bindings holder={wei} />, {
    answers: { ...answers, ...more },
    can: ['MANAGE_ACCESS'],
  });

test('a role is denied at a place, which the button says before and the row after', async () => {
  const asked = open({
    Bindings: [bindings(), bindings(binding('DENY'))],
    BindRole: { data: { bindRole: { __typename: 'Binding', id: 'bnd_1' } } },
  });
  await userEvent.click(await screen.findByTestId('bind'));
  const confirm = screen.getByTestId<HTMLButtonElement>('confirm-bind');
  expect(confirm.textContent).toBe('Give a role');
  await userEvent.selectOptions(await screen.findByTestId('bind-role'), 'developer');
  // No tenant gives what is for the installation.
  expect(within(screen.getByTestId('bind-role')).queryByText('Operator')).toBeNull();
  const seen = await screen.findByTestId<HTMLInputElement>('bind-at-prj_seen');
  expect(seen.disabled).toBe(true);
  await userEvent.click(screen.getByTestId('bind-at-prj_web'));
  await userEvent.click(screen.getByRole('radio', { name: /^Deny/ }));
  expect(confirm.textContent).toBe('Deny');
  await userEvent.click(confirm);
  expect((await screen.findByText('denied')).closest('tr')?.textContent).toContain('Web');
  expect(sent(asked, 'BindRole')).toMatchObject([
    { holder: 'sub_wei', role: 'developer', at: 'prj_web', effect: 'DENY' },
  ]);
});

test('what is refused is shown in the dialog, and nothing is lost', async () => {
  const asked = open({
    Bindings: bindings(),
    BindRole: refusal('FORBIDDEN', { action: 'manage_access' }),
  });
  await userEvent.click(await screen.findByTestId('bind'));
  await userEvent.selectOptions(await screen.findByTestId('bind-role'), 'developer');
  await userEvent.click(await screen.findByTestId('bind-at-prj_web'));
  await userEvent.click(screen.getByTestId('confirm-bind'));
  const dialog = within(screen.getByRole('dialog'));
  expect((await dialog.findByTestId('problem')).getAttribute('data-code')).toBe('FORBIDDEN');
  expect(screen.getByTestId<HTMLSelectElement>('bind-role').value).toBe('developer');
  expect(sent(asked, 'BindRole')).toMatchObject([{ effect: 'ALLOW' }]);
});

test('what is denied is taken back after a question that says what it means', async () => {
  const asked = open({
    Bindings: [bindings(binding('DENY')), bindings()],
    UnbindRole: { data: { unbindRole: 'bnd_1' } },
  });
  await userEvent.click(await screen.findByTestId('unbind-developer'));
  const question = screen.getByRole('dialog').textContent;
  for (const text of ['Developer', 'Zhang Wei', 'Web']) expect(question).toContain(text);
  await userEvent.click(screen.getByTestId('confirm-unbind'));
  expect(await screen.findByTestId('no-bindings')).toBeTruthy();
  expect(sent(asked, 'UnbindRole')).toMatchObject([{ binding: 'bnd_1' }]);
});
