import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, useLocation } from 'react-router';
import { Provider } from 'urql';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';

import { newClient } from '../../gql/client';
import type { ViewerQuery } from '../../gql/viewer.generated';
import { startLanguage } from '../../language/language';
import { RightsProvider } from '../../ui/Rights';
import ApplicationsPage from './ApplicationsPage';

beforeAll(startLanguage);
afterEach(() => {
  vi.unstubAllGlobals();
});

const viewer: ViewerQuery['viewer'] = {
  id: 'sub_1',
  name: 'head',
  title: 'Head',
  sessionExpiresAt: '2026-11-30T00:00:00Z',
  impersonatedBy: null,
  canSomewhere: ['VIEW'],
  canInTenant: [],
  tenant: null,
  roles: [],
};

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}

test('applications are narrowed to an organization, in the address', async () => {
  const asked: unknown[] = [];
  const application = {
    __typename: 'Application',
    id: 'app_1',
    name: 'shop',
    title: 'Shop',
    isExclusive: true,
    run: 'RUNNING',
    organization: { __typename: 'Organization', id: 'org_1', title: 'Platform' },
  };
  const pageInfo = { hasNextPage: false, endCursor: null };
  vi.stubGlobal('fetch', (_: string, request: { body: string }) => {
    const { variables } = JSON.parse(request.body) as {
      variables: { organization: string | null; search: string | null };
    };
    asked.push(variables);
    const nodes = variables.organization === 'platform' ? [application] : [];
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ data: { applications: { nodes, pageInfo } } });
    return Promise.resolve(new Response(body, { status: 200, headers }));
  });
  render(
    <Provider value={newClient()}>
      <RightsProvider viewer={viewer}>
        <MemoryRouter initialEntries={['/applications?search=sh']}>
          <ApplicationsPage />
          <Address />
        </MemoryRouter>
      </RightsProvider>
    </Provider>,
  );
  expect((await screen.findByTestId('empty')).textContent).toBe('No applications like this');
  await userEvent.type(screen.getByLabelText('Of the organization'), 'platform{Enter}');
  expect(await screen.findByTestId('application-shop')).toBeTruthy();
  expect(screen.getByTestId('address').textContent).toBe('?search=sh&organization=platform');
  expect(asked.at(-1)).toMatchObject({ search: 'sh', organization: 'platform' });
});
