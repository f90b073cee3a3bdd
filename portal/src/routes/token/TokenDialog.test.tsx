import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test, vi } from 'vitest';

import { startLanguage } from '../../language/language';
import { invalid, page, sent, show, type Answers } from '../../testing/plane';
import { TokenDialog } from './TokenDialog';

beforeAll(startLanguage);

const made = {
  data: {
    createToken: {
      __typename: 'ShownToken',
      secret: 'cpt_once',
      token: { __typename: 'AccessToken', id: 'tok_1', name: 'ci' },
    },
  },
};

function open(answers: Answers, serviceAccount?: string) {
  const close = vi.fn();
  const asked = show(<TokenDialog serviceAccount={serviceAccount} close={close} />, { answers });
  return { asked, close };
}
const confirm = () => screen.getByTestId<HTMLButtonElement>('confirm-token');
const fill = (testid: string, value: string) =>
  fireEvent.change(screen.getByTestId(testid), { target: { value } });

test('a token needs no more than a name, may then all that its owner may, and is shown once', async () => {
  const before = Date.now();
  const { asked } = open({ CreateToken: made });
  expect(confirm().disabled).toBe(true);
  fill('token-name', 'ci');
  await userEvent.click(confirm());
  expect((await screen.findByTestId('token-secret')).textContent).toContain('cpt_once');
  expect(screen.queryByTestId('token-name')).toBeNull();
  const [input] = sent(asked, 'CreateToken');
  expect(input).toMatchObject({
    serviceAccount: null,
    name: 'ci',
    actions: null,
    within: null,
    addresses: [],
  });
  const days = (Date.parse(String(input?.expiresAt)) - before) / 86_400_000;
  expect(days).toBeGreaterThanOrEqual(30);
  expect(days).toBeLessThan(30.01);
});

test('a token is limited to actions, a place and addresses', async () => {
  const organization = {
    __typename: 'Organization',
    id: 'org_1',
    name: 'rnd',
    title: 'Research',
    path: [{ __typename: 'Organization', id: 'org_1', title: 'Research' }],
    viewerCan: ['VIEW'],
  };
  const places = {
    organizations: page([organization]),
    projects: page([]),
    applications: page([]),
  };
  const { asked } = open({ CreateToken: made, Places: { data: places } }, 'sub_9');
  fill('token-name', 'ci');
  await userEvent.click(screen.getByRole('radio', { name: 'Only this, and see' }));
  // Nothing at all is not what somebody means who limits.
  expect(confirm().disabled).toBe(true);
  await userEvent.click(screen.getByRole('checkbox', { name: 'Order instances' }));
  await userEvent.click(screen.getByRole('checkbox', { name: 'Delete instances' }));
  await userEvent.click(screen.getByRole('checkbox', { name: 'Delete instances' }));
  await userEvent.click(screen.getByRole('radio', { name: 'Only at one place and below' }));
  expect(confirm().disabled).toBe(true);
  await userEvent.click(await screen.findByTestId('token-place-org_1'));
  fill('token-addresses', '10.0.0.0/8\n192.0.2.0/24, 2001:db8::/32');
  await userEvent.click(confirm());
  await screen.findByTestId('token-secret');
  expect(sent(asked, 'CreateToken')).toMatchObject([
    {
      serviceAccount: 'sub_9',
      actions: ['ORDER'],
      within: 'org_1',
      addresses: ['10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32'],
    },
  ]);
});

test('what is refused is told at its field, and what is sent again is another request', async () => {
  const message = 'expected a range of addresses';
  const { asked, close } = open({ CreateToken: [invalid('addresses', message), made] });
  fill('token-name', 'ci');
  fill('token-addresses', 'home');
  await userEvent.click(confirm());
  expect((await screen.findByTestId('field-error')).textContent).toBe(message);
  fill('token-addresses', '');
  await userEvent.click(confirm());
  await screen.findByTestId('token-secret');
  const [first, second] = sent(asked, 'CreateToken');
  expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
  expect(close).not.toHaveBeenCalled();
});
