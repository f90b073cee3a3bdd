import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { refusal, sent, show } from '../../testing/plane';
import { ActAs } from './ActAs';
import type { Tenant } from './TenantsPage';

beforeAll(startLanguage);

const tenant: Tenant = {
  id: 'ten_acme',
  name: 'acme',
  title: 'Acme',
  state: 'active',
  stateReason: null,
  stateAt: null,
  instanceCount: 0,
  createdAt: '2026-11-01T00:00:00.000000Z',
};

test('somebody is acted as by name, for a reason, and the link is shown once', async () => {
  const session = { __typename: 'Session', id: 'ses_1', expiresAt: '2026-11-01T00:15:00.000000Z' };
  const begun = { __typename: 'Impersonation', session, code: 'cpc_once' };
  const asked = show(<ActAs tenant={tenant} close={() => undefined} />, {
    answers: { Impersonate: [refusal('NOT_FOUND'), { data: { impersonate: begun } }] },
  });
  const confirm = screen.getByTestId<HTMLButtonElement>('confirm-act-as');
  await userEvent.type(screen.getByTestId('act-as-user'), 'dve');
  expect(confirm.disabled).toBe(true);
  await userEvent.type(screen.getByTestId('act-as-reason'), 'ticket 7');
  await userEvent.click(confirm);
  expect((await screen.findByTestId('problem')).getAttribute('data-code')).toBe('NOT_FOUND');
  await userEvent.clear(screen.getByTestId('act-as-user'));
  await userEvent.type(screen.getByTestId('act-as-user'), 'dev');
  await userEvent.selectOptions(screen.getByTestId('act-as-minutes'), '30');
  await userEvent.click(confirm);
  expect((await screen.findByTestId('act-as-link')).textContent).toContain('/sign-in#cpc_once');
  const inputs = sent(asked, 'Impersonate');
  expect(inputs[1]).toMatchObject({
    tenant: 'ten_acme',
    user: 'dev',
    reason: 'ticket 7',
    minutes: 30,
  });
  expect(inputs[1]?.idempotencyKey).not.toBe(inputs[0]?.idempotencyKey);
});
