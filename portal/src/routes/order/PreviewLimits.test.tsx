import { render, screen } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { PreviewBudgets } from './PreviewLimits';

beforeAll(startLanguage);

function effect(action: 'BLOCK' | 'NOTE', remains: string) {
  const budget = { at: `org_${action}`, place: 'organization rnd', amount: '100' };
  return { added: '64', remains, budget: { ...budget, action, committed: '64' } };
}

test('an order beyond a budget is announced as refused only if the budget blocks', () => {
  const { container, rerender } = render(<PreviewBudgets budgets={[]} />);
  expect(container.textContent).toBe('');
  rerender(<PreviewBudgets budgets={[effect('BLOCK', '36')]} />);
  expect(screen.getByTestId('preview-budgets').textContent).toContain('64 of 100 committed');
  expect(screen.queryByRole('alert')).toBeNull();
  rerender(<PreviewBudgets budgets={[effect('NOTE', '-28')]} />);
  expect(screen.getByRole('alert').textContent).toContain('can be placed all the same');
  rerender(<PreviewBudgets budgets={[effect('NOTE', '-28'), effect('BLOCK', '-1')]} />);
  expect(screen.getByRole('alert').textContent).toContain('will be refused');
});
