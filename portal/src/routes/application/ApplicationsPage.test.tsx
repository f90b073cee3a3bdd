import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, show } from '../../testing/plane';
import ApplicationsPage from './ApplicationsPage';

beforeAll(startLanguage);

test('applications are narrowed to an organization, in the address', async () => {
  const application = {
    __typename: 'Application',
    id: 'app_1',
    name: 'shop',
    title: 'Shop',
    isExclusive: true,
    run: 'RUNNING',
    organization: { __typename: 'Organization', id: 'org_1', title: 'Platform' },
  };
  const asked = show(<ApplicationsPage />, {
    answers: {
      Applications: ({ organization }: { organization: string | null }) => ({
        data: { applications: page(organization === 'platform' ? [application] : []) },
      }),
    },
    can: ['VIEW'],
    address: '/applications?search=sh',
  });
  expect((await screen.findByTestId('empty')).textContent).toBe('No applications like this');
  await userEvent.type(screen.getByLabelText('Of the organization'), 'platform{Enter}');
  expect(await screen.findByTestId('application-shop')).toBeTruthy();
  expect(screen.getByTestId('address').textContent).toBe('?search=sh&organization=platform');
  expect(asked.at(-1)?.variables).toMatchObject({ search: 'sh', organization: 'platform' });
});
