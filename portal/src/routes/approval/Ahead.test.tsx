import { render, screen } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { Ahead } from './Ahead';

beforeAll(startLanguage);

test('what waits says for how many others, by the rule that asks for most', () => {
  const { container, rerender } = render(<Ahead rules={[]} />);
  expect(container.textContent).toBe('');
  rerender(<Ahead rules={[{ approvers: 1 }]} />);
  expect(screen.getByText('It waits until another person approves')).toBeTruthy();
  rerender(<Ahead rules={[{ approvers: 1 }, { approvers: 2 }]} />);
  expect(screen.getByText('It waits until 2 other people approve')).toBeTruthy();
});
