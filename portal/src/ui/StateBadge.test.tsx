import { render, screen } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../language/language';
import { StateBadge } from './StateBadge';

beforeAll(startLanguage);

test('a silent cell covers the last good state', () => {
  render(<StateBadge state="RUNNING" unknownSince="2026-11-01T00:00:00.000000Z" />);
  const badge = screen.getByTestId('state');
  expect(badge.getAttribute('data-state')).toBe('UNKNOWN');
  expect(badge.textContent).toContain('Unknown since');
  expect(badge.textContent).not.toContain('Running');
});

test('what is deleted stays deleted, whoever is silent', () => {
  render(<StateBadge state="DELETED" unknownSince="2026-11-01T00:00:00.000000Z" />);
  expect(screen.getByTestId('state').getAttribute('data-state')).toBe('DELETED');
});
