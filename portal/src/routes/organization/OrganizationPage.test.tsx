import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, show } from '../../testing/plane';
import OrganizationPage from './OrganizationPage';

beforeAll(startLanguage);

const project = (name: string) => ({
  __typename: 'Project',
  id: `prj_${name}`,
  name,
  title: `The ${name}`,
  viewerCan: ['VIEW'],
});

function open(projects: unknown[]) {
  const answers = {
    OrganizationTops: { data: { tenant: { __typename: 'Tenant', tops: [] } } },
    TopProjects: { data: { tenant: { __typename: 'Tenant', topProjects: page(projects) } } },
    ProjectDetail: { data: { project: { ...project('web'), organization: null } } },
  };
  show(<OrganizationPage />, { answers, can: ['VIEW'], viewer: { canInTenant: [] } });
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
