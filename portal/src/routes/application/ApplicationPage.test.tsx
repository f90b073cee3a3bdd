import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, show, type Answers } from '../../testing/plane';
import ApplicationPage from './ApplicationPage';

beforeAll(startLanguage);

const pageInfo = { hasNextPage: false, endCursor: null };
const instance = (name: string, state: string) => ({
  __typename: 'Instance',
  id: `ins_${name}`,
  name,
  package: 'redis',
  state,
  unknownSince: null,
  project: { __typename: 'Project', id: 'prj_1', title: 'Web' },
});
const application = (viewerCan: string[]) => ({
  application: {
    __typename: 'Application',
    id: 'app_1',
    name: 'shop',
    title: 'The shop',
    description: 'What we sell',
    isExclusive: true,
    run: 'DEGRADED',
    viewerCan,
    organization: { __typename: 'Organization', id: 'org_1', title: 'Research' },
    parts: page([
      {
        __typename: 'ApplicationPart',
        instance: instance('cache', 'RUNNING'),
        needs: [{ __typename: 'Instance', id: 'ins_queue', name: 'queue' }],
      },
      { __typename: 'ApplicationPart', instance: instance('queue', 'STOPPED'), needs: [] },
    ]),
  },
});

const open = (answers: Answers) =>
  show(
    <Routes>
      <Route path="/applications/:id" element={<ApplicationPage />} />
      <Route path="/applications" element={<p data-testid="all" />} />
    </Routes>,
    { answers, address: '/applications/app_1' },
  );

test('each part shows what it does and needs, beside what the whole does', async () => {
  open({ Application: { data: application(['VIEW']) } });
  const cache = within(await screen.findByTestId('part-cache'));
  expect(cache.getByTestId('state').getAttribute('data-state')).toBe('RUNNING');
  expect(cache.getByText('queue')).toBeTruthy();
  expect(screen.getByTestId('run').getAttribute('data-state')).toBe('DEGRADED');
  // Who may not change it is offered nothing.
  for (const work of ['add-part', 'rename-application', 'delete-application', 'bindings']) {
    expect(screen.queryByTestId(work)).toBeNull();
  }
  expect(cache.queryAllByRole('button')).toEqual([]);
});

test('a part is taken out after a question, and a refusal is shown where it was asked', async () => {
  const error = {
    message: 'you may not manage_tree here',
    path: ['removeFromApplication'],
    extensions: { code: 'FORBIDDEN', action: 'MANAGE_TREE' },
  };
  const asked = open({
    Application: { data: application(['VIEW', 'MANAGE_TREE']) },
    RemoveFromApplication: { data: null, errors: [error] },
  });
  await userEvent.click(await screen.findByTestId('remove-cache'));
  await userEvent.click(screen.getByTestId('confirm-remove'));
  expect((await screen.findByTestId('problem')).getAttribute('data-code')).toBe('FORBIDDEN');
  const sent = asked.find((one) => one.operationName === 'RemoveFromApplication');
  expect(sent?.variables.input).toMatchObject({ application: 'app_1', instance: 'ins_cache' });
});

test('what needs what is said and forgotten', async () => {
  const done = { application: { __typename: 'Application', id: 'app_1' } };
  const asked = open({
    Application: { data: application(['VIEW', 'MANAGE_TREE']) },
    AddDependency: { data: { addDependency: done } },
    RemoveDependency: { data: { removeDependency: done } },
  });
  await userEvent.click(await screen.findByTestId('depend-queue'));
  await userEvent.click(screen.getByTestId('needed-ins_cache'));
  await userEvent.click(screen.getByTestId('confirm-dependency'));
  await userEvent.click(await screen.findByTestId('free-cache-queue'));
  await userEvent.click(screen.getByTestId('confirm-free'));
  const inputs = asked.filter((one) => one.variables.input).map((one) => one.variables.input);
  expect(inputs[0]).toMatchObject({ instance: 'ins_queue', needs: 'ins_cache' });
  expect(inputs[1]).toMatchObject({ instance: 'ins_cache', needs: 'ins_queue' });
});

test('it is called otherwise, and only what differs is sent', async () => {
  const asked = open({
    Application: { data: application(['VIEW', 'MANAGE_TREE']) },
    RenameApplication: {
      data: {
        renameApplication: {
          application: {
            __typename: 'Application',
            id: 'app_1',
            name: 'shop',
            title: 'The shop',
            description: 'For\nall',
          },
        },
      },
    },
  });
  await userEvent.click(await screen.findByTestId('rename-application'));
  const confirm = screen.getByTestId<HTMLButtonElement>('confirm-rename');
  expect(confirm.disabled).toBe(true);
  const description = screen.getByTestId('application-description');
  await userEvent.clear(description);
  await userEvent.type(description, 'For{Enter}all');
  await userEvent.click(confirm);
  await waitFor(() => {
    expect(screen.queryByTestId('confirm-rename')).toBeNull();
  });
  const sent = asked.find((one) => one.operationName === 'RenameApplication');
  expect(sent?.variables.input).toMatchObject({
    application: 'app_1',
    name: null,
    title: null,
    description: 'For\nall',
  });
});

test('a name that is taken or wrong is told at its field, and stays to be mended', async () => {
  const error = {
    message: 'the input is wrong',
    path: ['renameApplication'],
    extensions: {
      code: 'INVALID',
      problems: [{ field: 'name', problem: 'malformed', message: 'use lower-case letters' }],
    },
  };
  open({
    Application: { data: application(['VIEW', 'MANAGE_TREE']) },
    RenameApplication: { data: null, errors: [error] },
  });
  await userEvent.click(await screen.findByTestId('rename-application'));
  await userEvent.type(screen.getByTestId('application-name'), 'X');
  await userEvent.click(screen.getByTestId('confirm-rename'));
  expect((await screen.findByTestId('field-error')).textContent).toBe('use lower-case letters');
  expect(screen.getByTestId<HTMLInputElement>('application-name').value).toBe('shopX');
});

test('who manages access sees who has roles at it', async () => {
  const bindings = {
    nodes: [
      {
        __typename: 'Binding',
        id: 'bnd_1',
        holder: { __typename: 'Group', id: 'grp_1', name: 'ops', title: 'Operations' },
        role: { __typename: 'Role', id: 'viewer', title: 'Viewer', isOwn: false },
        at: { __typename: 'Application', id: 'app_1', title: 'The shop' },
        effect: 'DENY',
        createdAt: '2026-11-29T00:00:00Z',
      },
    ],
    pageInfo,
  };
  const asked = open({
    Application: { data: application(['VIEW', 'MANAGE_ACCESS']) },
    Bindings: { data: { bindings } },
  });
  const here = within(await screen.findByTestId('bindings'));
  expect(await here.findByText('Operations')).toBeTruthy();
  const question = asked.find((one) => one.operationName === 'Bindings');
  expect(question?.variables).toMatchObject({ at: 'app_1', holder: null });
});
