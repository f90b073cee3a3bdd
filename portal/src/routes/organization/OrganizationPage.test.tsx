import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { Provider } from 'urql';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';

import { newClient } from '../../gql/client';
import type { ViewerQuery } from '../../gql/viewer.generated';
import { startLanguage } from '../../language/language';
import { RightsProvider } from '../../ui/Rights';
import OrganizationPage from './OrganizationPage';

beforeAll(startLanguage);
afterEach(() => {
  vi.unstubAllGlobals();
});

const viewer: ViewerQuery['viewer'] = {
  id: 'sub_1',
  name: 'lone',
  title: 'Lone',
  sessionExpiresAt: '2026-11-30T00:00:00Z',
  impersonatedBy: null,
  canSomewhere: ['VIEW'],
  canInTenant: [],
  tenant: null,
  roles: [],
};
const project = (name: string) => ({
  __typename: 'Project',
  id: `prj_${name}`,
  name,
  title: `The ${name}`,
  viewerCan: ['VIEW'],
});

/** The plane is not here: only its answers to the questions of this page are. */
function open(projects: unknown[]) {
  const pageInfo = { hasNextPage: false, endCursor: null };
  const topProjects = { nodes: projects, pageInfo };
  const answers: Record<string, unknown> = {
    OrganizationTops: { data: { tenant: { __typename: 'Tenant', tops: [] } } },
    TopProjects: { data: { tenant: { __typename: 'Tenant', topProjects } } },
    ProjectDetail: { data: { project: { ...project('web'), organization: null } } },
  };
  vi.stubGlobal('fetch', (_: string, request: { body: string }) => {
    const question = JSON.parse(request.body) as { operationName: string };
    const body = JSON.stringify(answers[question.operationName]);
    const headers = { 'content-type': 'application/json' };
    return Promise.resolve(new Response(body, { status: 200, headers }));
  });
  render(
    <Provider value={newClient()}>
      <RightsProvider viewer={viewer}>
        <MemoryRouter>
          <OrganizationPage />
        </MemoryRouter>
      </RightsProvider>
    </Provider>,
  );
}

test('a tree of projects alone begins with them, and one is shown without anything above', async () => {
  open([project('shop'), project('web')]);
  expect(await screen.findByTestId('project-shop')).toBeTruthy();
  await userEvent.click(screen.getByTestId('project-web'));
  expect((await screen.findByTestId('place-title')).textContent).toBe('The web');
  expect(screen.queryByTestId('empty')).toBeNull();
});

test('who sees nothing is told so', async () => {
  open([]);
  expect(await screen.findByTestId('empty')).toBeTruthy();
});
