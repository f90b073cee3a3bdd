import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, sent, show } from '../../testing/plane';
import { SubjectSessions } from './SubjectSessions';

beforeAll(startLanguage);

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

/** The plane has these sessions, and ends those that it is told to. */
function open(sessions: { id: string }[]) {
  const ended = new Set<unknown>();
  const answers = {
    Sessions: () => ({ data: { sessions: page(sessions.filter(({ id }) => !ended.has(id))) } }),
    EndSession: ({ input }: { input: { session: string } }) => {
      ended.add(input.session);
      return { data: { endSession: input.session } };
    },
  };
  return show(<SubjectSessions subject="sub_wei" name="Zhang Wei" />, { answers });
}

test('a session of somebody else ends only after it was confirmed', async () => {
  const asked = open([session('ses_1')]);
  await userEvent.click(await screen.findByTestId('end-session'));
  expect(screen.getByRole('dialog').textContent).toContain('192.0.2.7');
  expect(asked.every((one) => one.operationName === 'Sessions')).toBe(true);
  await userEvent.click(screen.getByTestId('confirm-end-session'));
  expect(await screen.findByTestId('no-sessions')).toBeTruthy();
  expect(asked[0]?.variables.subject).toBe('sub_wei');
  expect(sent(asked, 'EndSession')).toMatchObject([{ session: 'ses_1' }]);
});

test('who acts as the person stands beside the session, and the own one is not ended', async () => {
  open([
    session('ses_1', { impersonatedBy: 'operator', reason: 'ticket 7' }),
    session('ses_2', { isOwn: true }),
  ]);
  expect(await screen.findByText('operator as Zhang Wei: ticket 7')).toBeTruthy();
  expect(screen.getAllByTestId('end-session').length).toBe(1);
});
