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
    upstreams: {
      type: 'array',
      maxItems: 2,
      default: [],
      'x-apply': 'hot',
      'x-title': text('Upstreams'),
      items: {
        required: ['host'],
        properties: {
          host: { type: 'string', 'x-title': text('Host') },
          port: { type: 'integer', 'x-title': text('Port') },
        },
      },
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

test('rows of a list are added, filled and removed', async () => {
  const change = vi.fn();
  const draft = { upstreams: JSON.stringify([{ host: 'a', port: 80 }]) };
  render(<ParameterFields groups={groups} draft={draft} errors={{}} change={change} />);
  await userEvent.click(screen.getByTestId('add-row-upstreams'));
  const added = [{ host: 'a', port: '80' }, {}];
  expect(change).toHaveBeenLastCalledWith('upstreams', JSON.stringify(added));
  await userEvent.type(within(screen.getByTestId('row-0')).getByLabelText('Port'), '1');
  const typed = [{ host: 'a', port: '801' }];
  expect(change).toHaveBeenLastCalledWith('upstreams', JSON.stringify(typed));
  await userEvent.click(screen.getByTestId('remove-row-0'));
  expect(change).toHaveBeenLastCalledWith('upstreams', '[]');
});

test('a message about a row stands at its field', () => {
  const draft = {
    upstreams: JSON.stringify([
      { host: 'a', port: 80 },
      { host: 'b', port: 0 },
    ]),
  };
  const errors = { 'upstreams[1].port': 'At least 1.' };
  render(
    <ParameterFields groups={groups} draft={draft} errors={errors} change={() => undefined} />,
  );
  const wrong = screen.getByTestId('row-1');
  expect(within(wrong).getByText('At least 1.')).toBeTruthy();
  expect(within(wrong).getByLabelText('Port').getAttribute('aria-invalid')).toBe('true');
  expect(screen.queryByTestId('add-row-upstreams')).toBeNull();
});
