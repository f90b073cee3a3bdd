import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test, vi } from 'vitest';

import type { CommittedFragment } from '../../gql/quota.generated';
import { startLanguage } from '../../language/language';
import { invalid, sent, show, type Answers } from '../../testing/plane';
import { Budgets } from './Budgets';

beforeAll(startLanguage);

const above = {
  at: 'org_1',
  place: 'organization acme',
  action: 'BLOCK',
  amount: '1000',
  committed: '1200.50',
  free: '-200.50',
} as const;
const own = { ...above, at: 'org_2', place: 'organization rnd', amount: '70', free: '6' } as const;

function open(holding: CommittedFragment['holding'], answers: Answers = {}, may = true) {
  const changed = vi.fn();
  const budgets = { currency: 'CNY', committed: '64', holding };
  const viewerCan = may ? ['VIEW', 'MANAGE_LIMITS'] : ['VIEW'];
  const node = { id: 'org_2', name: 'rnd', viewerCan, budgets };
  return { asked: show(<Budgets node={node} changed={changed} />, { answers }), changed };
}
const amount = () => screen.getByTestId<HTMLInputElement>('budget-amount');
const confirm = () => screen.getByTestId<HTMLButtonElement>('confirm-budget');
const done = (root: string) => ({
  data: { [root]: { __typename: 'BudgetPayload', budgets: { __typename: 'Budgets' } } },
});

test('what is committed is shown without any budget, and is set by those who may', async () => {
  const { asked, changed } = open([], { SetBudget: done('setBudget') });
  expect(screen.getByTestId('committed-rnd').textContent).toBe('CNY 64');
  expect(screen.queryByTestId('budgets-rnd')).toBeNull();
  await userEvent.click(screen.getByTestId('set-budget-rnd'));
  expect(confirm().disabled).toBe(true);
  for (const wrong of ['-1', '1,000', 'much']) {
    fireEvent.change(amount(), { target: { value: wrong } });
    expect(confirm().disabled).toBe(true);
  }
  fireEvent.change(amount(), { target: { value: '199.90' } });
  await userEvent.click(screen.getByRole('radio', { name: /is only shown/ }));
  await userEvent.click(confirm());
  await vi.waitFor(() => {
    expect(changed).toHaveBeenCalledTimes(1);
  });
  expect(sent(asked, 'SetBudget')).toMatchObject([
    { at: 'org_2', amount: '199.90', action: 'NOTE' },
  ]);
});

test('every budget that holds is shown; only its own is changed here', async () => {
  const { asked } = open([above, own], { RemoveBudget: done('removeBudget') });
  expect(screen.getByTestId('budgets-rnd').textContent).toContain('-200.50');
  await userEvent.click(screen.getByTestId('set-budget-rnd'));
  expect(amount().value).toBe('70');
  fireEvent.change(amount(), { target: { value: '' } });
  await userEvent.click(confirm());
  await vi.waitFor(() => {
    expect(sent(asked, 'RemoveBudget')).toMatchObject([{ at: 'org_2' }]);
  });
});

test('a budget from above alone is not removed below it', async () => {
  open([above]);
  await userEvent.click(screen.getByTestId('set-budget-rnd'));
  expect(amount().value).toBe('');
  expect(confirm().disabled).toBe(true);
});

test('what the plane says of the amount stands at its field', async () => {
  open([], { SetBudget: invalid('amount', 'At most 2 places.') });
  await userEvent.click(screen.getByTestId('set-budget-rnd'));
  fireEvent.change(amount(), { target: { value: '1.234' } });
  await userEvent.click(confirm());
  expect((await screen.findByTestId('field-error')).textContent).toBe('At most 2 places.');
});

test('who may not limit reads', () => {
  open([own], {}, false);
  expect(screen.queryByTestId('set-budget-rnd')).toBeNull();
});
