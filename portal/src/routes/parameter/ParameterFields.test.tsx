import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test, vi } from 'vitest';

import { startLanguage } from '../../language/language';
import { ParameterFields } from './ParameterFields';
import { readSchema } from './schema';

beforeAll(startLanguage);

const text = (en: string) => ({ en, zh: en });
const groups = readSchema({
  properties: {
    hz: {
      type: 'integer',
      minimum: 1,
      maximum: 500,
      default: 10,
      'x-unit': 'Hz',
      'x-apply': 'hot',
      'x-title': text('Background rounds'),
      'x-help': text('How often expired keys are looked for.'),
    },
    databases: {
      type: 'integer',
      default: 16,
      'x-apply': 'immutable',
      'x-title': text('Databases'),
    },
  },
});

test('a field shows title, range with unit, help and default, and is named for screen readers', () => {
  render(<ParameterFields groups={groups} draft={{}} errors={{}} change={() => undefined} />);
  const input = screen.getByRole('textbox', { name: 'Background rounds' });
  expect(input.getAttribute('placeholder')).toBe('Default: 10 Hz');
  const field = within(screen.getByTestId('field-hz'));
  expect(field.getByText('1 to 500 Hz')).toBeTruthy();
  expect(field.getByText(/How often/)).toBeTruthy();
});

test('an error stands at its field and is tied to it', () => {
  render(
    <ParameterFields
      groups={groups}
      draft={{ hz: '900' }}
      errors={{ hz: 'At most 500.' }}
      change={() => undefined}
    />,
  );
  const input = screen.getByRole('textbox', { name: 'Background rounds' });
  expect(input.getAttribute('aria-invalid')).toBe('true');
  const describedBy = input.getAttribute('aria-describedby')?.split(' ') ?? [];
  const words = describedBy.map((id) => document.getElementById(id)?.textContent);
  expect(words).toContain('At most 500.');
});

test('a cleared field means the default again', async () => {
  const change = vi.fn();
  render(<ParameterFields groups={groups} draft={{ hz: '2' }} errors={{}} change={change} />);
  await userEvent.clear(screen.getByRole('textbox', { name: 'Background rounds' }));
  expect(change).toHaveBeenLastCalledWith('hz', undefined);
});

test('what was chosen at the order cannot be edited on a running instance', () => {
  render(
    <ParameterFields running groups={groups} draft={{}} errors={{}} change={() => undefined} />,
  );
  expect(screen.getByRole('textbox', { name: 'Databases' })).toHaveProperty('disabled', true);
  expect(screen.getByRole('textbox', { name: 'Background rounds' })).toHaveProperty(
    'disabled',
    false,
  );
});
