import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { newClient } from '../../gql/client';
import { startLanguage } from '../../language/language';
import { SubjectSessions } from './SubjectSessions';

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

const session = (id: string, more: Record<string, unknown> = {}) => ({
  __typename: 'Session',
  id,
  subject: 'wei',
  client: 'portal',
  createdAt: '2026-11-29T08:00:00.000000Z',
  expiresAt: '2026-11-30T08:00:00.000000Z',
  lastUsedAt: '2026-11-29T08:10:00.000000Z',
  lastAddress: '192.0.2.7',
  isOwn: false,
  impersonatedBy: null,
  reason: null,
  ...more,
});

interface Asked {
  operationName: string;
  variables: { subject?: string; input?: Record<string, unknown> };
}

/** The plane is not here: it has these sessions, and ends those that it is told to. */
function open(sessions: { id: string }[]) {
  const asked: Asked[] = [];
  const ended = new Set<unknown>();
  vi.stubGlobal('fetch', (_: string, request: { body: string }) => {
    const question = JSON.parse(request.body) as Asked;
    asked.push(question);
    const { input } = question.variables;
    if (input) ended.add(input.session);
    const nodes = sessions.filter(({ id }) => !ended.has(id));
    const pageInfo = { hasNextPage: false, endCursor: null };
    const data = input ? { endSession: input.session } : { sessions: { nodes, pageInfo } };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ data });
    return Promise.resolve(new Response(body, { status: 200, headers }));
  });
  render(
    <Provider value={newClient()}>
      <SubjectSessions subject="sub_wei" name="Zhang Wei" />
    </Provider>,
  );
  return asked;
}

test('a session of somebody else ends only after it was confirmed', async () => {
  const asked = open([session('ses_1')]);
  await userEvent.click(await screen.findByTestId('end-session'));
  expect(screen.getByRole('dialog').textContent).toContain('192.0.2.7');
  expect(asked.every((one) => one.operationName === 'Sessions')).toBe(true);
  await userEvent.click(screen.getByTestId('confirm-end-session'));
  expect(await screen.findByTestId('no-sessions')).toBeTruthy();
  expect(asked[0]?.variables.subject).toBe('sub_wei');
  const sent = asked.find((one) => one.operationName === 'EndSession')?.variables.input;
  expect(sent).toMatchObject({ session: 'ses_1' });
});

test('who acts as the person stands beside the session, and the own one is not ended', async () => {
  open([
    session('ses_1', { impersonatedBy: 'operator', reason: 'ticket 7' }),
    session('ses_2', { isOwn: true }),
  ]);
  expect(await screen.findByText('operator as Zhang Wei: ticket 7')).toBeTruthy();
  expect(screen.getAllByTestId('end-session').length).toBe(1);
});
