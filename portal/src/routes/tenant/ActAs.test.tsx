import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { newClient } from '../../gql/client';
import { startLanguage } from '../../language/language';
import { ActAs } from './ActAs';
import type { Tenant } from './TenantsPage';

beforeAll(startLanguage);
beforeEach(() => {
  // jsdom knows the element and not how it is opened.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
});
afterEach(() => {
  vi.unstubAllGlobals();
});

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

/** The plane is not here: only its answers are, one after the other. */
function open(...answers: unknown[]) {
  const inputs: Record<string, unknown>[] = [];
  vi.stubGlobal('fetch', (_: string, request: { body: string }) => {
    const asked = JSON.parse(request.body) as { variables: { input: Record<string, unknown> } };
    inputs.push(asked.variables.input);
    const headers = { 'content-type': 'application/json' };
    return Promise.resolve(new Response(JSON.stringify(answers.shift()), { headers }));
  });
  render(
    <Provider value={newClient()}>
      <ActAs tenant={tenant} close={() => undefined} />
    </Provider>,
  );
  return inputs;
}

test('somebody is acted as by name, for a reason, and the link is shown once', async () => {
  const extensions = { code: 'NOT_FOUND' };
  const refused = { data: null, errors: [{ message: 'no', path: ['impersonate'], extensions }] };
  const session = { __typename: 'Session', id: 'ses_1', expiresAt: '2026-11-01T00:15:00.000000Z' };
  const begun = { __typename: 'Impersonation', session, code: 'cpc_once' };
  const inputs = open(refused, { data: { impersonate: begun } });
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
  expect(inputs[1]).toMatchObject({
    tenant: 'ten_acme',
    user: 'dev',
    reason: 'ticket 7',
    minutes: 30,
  });
  expect(inputs[1]?.idempotencyKey).not.toBe(inputs[0]?.idempotencyKey);
});
