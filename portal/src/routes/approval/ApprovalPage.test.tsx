import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { beforeAll, expect, test, vi } from 'vitest';

import { startLanguage } from '../../language/language';
import { invalid, refusal, sent, show, type Answers } from '../../testing/plane';
import ApprovalPage from './ApprovalPage';

beforeAll(startLanguage);

const line = (kind: string, by: string, comment: string | null = null) => ({
  __typename: 'ApprovalEntry',
  kind,
  by,
  comment,
  at: '2026-11-29T08:00:00.000000Z',
});
const asked = line('ASKED', 'dev', 'we need it');
const approval = (more: Record<string, unknown> = {}) => ({
  data: {
    approval: {
      __typename: 'Approval',
      id: 'apr_1',
      state: 'OPEN',
      mutation: 'PLACE_ORDER',
      name: 'cache',
      project: 'prj_1',
      projectTitle: 'Web',
      package: 'redis',
      requestedBy: 'dev',
      requestedAt: '2026-11-29T08:00:00.000000Z',
      expiresAt: '2026-12-06T08:00:00.000000Z',
      viewerCanDecide: true,
      price: { __typename: 'Price', currency: 'CNY', perMonth: '72.00' },
      isOwn: false,
      problem: null,
      topology: 'standalone',
      softwareVersion: '7.0',
      members: 1,
      plan: null,
      values: [],
      needs: [{ __typename: 'ApprovalNeed', rule: 'apl_1', approvers: 1, given: 0 }],
      history: [asked],
      instance: null,
      operation: null,
      ...more,
    },
  },
});
const done = (name: string, state: string) => ({
  data: { [name]: { __typename: 'Approval', id: 'apr_1', state } },
});

const open = (answers: Answers) =>
  show(
    <Routes>
      <Route path="/approvals/:id" element={<ApprovalPage />} />
    </Routes>,
    { answers, address: '/approvals/apr_1' },
  );
const button = (work: string) => screen.getByTestId<HTMLButtonElement>(`approval-${work}`);
const say = (text: string) =>
  fireEvent.change(screen.getByTestId('approval-text'), { target: { value: text } });

test('a rejection needs its reason, which then stands in the history', async () => {
  const rejected = { state: 'REJECTED', history: [asked, line('REJECTED', 'head', 'too large')] };
  const questions = open({
    Approval: [approval(), approval(rejected)],
    RejectApproval: done('rejectApproval', 'REJECTED'),
  });
  await screen.findByTestId('approval-reject');
  expect(button('reject').disabled).toBe(true);
  expect(button('give').disabled).toBe(false);
  say('   ');
  expect(button('reject').disabled).toBe(true);
  say('too large');
  await userEvent.click(button('reject'));
  await vi.waitFor(() => {
    expect(screen.getByTestId('approval-history').textContent).toContain('too large');
  });
  expect(sent(questions, 'RejectApproval')).toMatchObject([
    { approval: 'apr_1', comment: 'too large' },
  ]);
  // What is decided takes no other decision.
  expect(screen.queryByTestId('approval-text')).toBeNull();
  expect(screen.getByTestId('approval-state').getAttribute('data-state')).toBe('REJECTED');
});

test('a comment alone leaves it open, and the field is empty again', async () => {
  const commented = approval({ history: [asked, line('COMMENTED', 'head', 'how long?')] });
  const questions = open({
    Approval: [approval(), commented],
    CommentOnApproval: done('commentOnApproval', 'OPEN'),
  });
  await screen.findByTestId('approval-comment');
  expect(button('comment').disabled).toBe(true);
  say('how long?');
  await userEvent.click(button('comment'));
  await vi.waitFor(() => {
    expect(screen.getByTestId('approval-history').textContent).toContain('how long?');
  });
  expect(screen.getByTestId<HTMLTextAreaElement>('approval-text').value).toBe('');
  expect(button('give').disabled).toBe(false);
  expect(sent(questions, 'CommentOnApproval')).toMatchObject([{ comment: 'how long?' }]);
  expect(sent(questions, 'RejectApproval')).toEqual([]);
});

test('a text that is refused is kept, with the reason at its field', async () => {
  const message = 'no control characters';
  open({ Approval: approval(), CommentOnApproval: invalid('comment', message) });
  await screen.findByTestId('approval-comment');
  say('a\u0007b');
  await userEvent.click(button('comment'));
  expect((await screen.findByTestId('field-error')).textContent).toBe(message);
  expect(screen.getByTestId<HTMLTextAreaElement>('approval-text').value).toBe('a\u0007b');
});

test('who comes too late is told why', async () => {
  open({
    Approval: approval(),
    RejectApproval: refusal('CONFLICT', { why: 'decided' }),
  });
  await screen.findByTestId('approval-reject');
  say('too large');
  await userEvent.click(button('reject'));
  const problem = await screen.findByTestId('problem');
  expect(problem.getAttribute('data-code')).toBe('CONFLICT');
});

test('whoever asked can take it back and comment, and decides nothing', async () => {
  const questions = open({
    Approval: approval({ isOwn: true, viewerCanDecide: false }),
    WithdrawApproval: done('withdrawApproval', 'WITHDRAWN'),
  });
  await screen.findByTestId('approval-withdraw');
  expect(screen.queryByTestId('approval-give')).toBeNull();
  expect(screen.queryByTestId('approval-reject')).toBeNull();
  expect(button('comment')).toBeTruthy();
  await userEvent.click(button('withdraw'));
  await vi.waitFor(() => {
    expect(sent(questions, 'WithdrawApproval')).toMatchObject([{ comment: null }]);
  });
});
