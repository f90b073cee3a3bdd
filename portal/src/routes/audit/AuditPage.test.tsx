import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test, vi } from 'vitest';

import type { Action } from '../../gql/schema.generated';
import { startLanguage } from '../../language/language';
import { invalid, page, refusal, show, type Answers, type Asked } from '../../testing/plane';
import AuditPage from './AuditPage';

beforeAll(startLanguage);

const entry = (number: number, more: Record<string, unknown> = {}) => ({
  __typename: 'AuditEntry',
  tenant: 'ten_1',
  number,
  at: '2026-11-29T08:00:00.000000Z',
  subjectId: 'sub_2',
  subject: 'dev',
  action: 'placeOrder',
  outcome: 'done',
  code: null,
  target: 'ins_1',
  operation: 'op_1',
  requestId: 'req_1',
  address: '192.0.2.7',
  content: '{}',
  previousHash: 'aa',
  hash: 'bb',
  ...more,
});
const audit = (nodes: unknown[], endCursor: string | null = null) => ({
  data: { audit: page(nodes, endCursor) },
});

const open = (answers: Answers, address = '/audit', can: Action[] = ['READ_AUDIT']) =>
  show(<AuditPage />, { answers, address, can });

const filters = (asked: Asked[]) =>
  asked.filter((one) => one.operationName === 'Audit').map((one) => one.variables.filter);

test('what the address names is asked for, and what is typed goes into the address', async () => {
  const asked = open({ Audit: () => audit([entry(1)]) }, '/audit?outcome=REFUSED&target=ins_1');
  await screen.findByTestId('audit-1');
  expect(filters(asked)[0]).toEqual({ target: 'ins_1', outcome: 'REFUSED' });
  await userEvent.type(screen.getByTestId('audit-subject'), ' dev {Enter}');
  const address = screen.getByTestId('address').textContent;
  expect(new URLSearchParams(address).get('subject')).toBe('dev');
  await screen.findByTestId('audit-1');
  expect(filters(asked).at(-1)).toEqual({ subject: 'dev', target: 'ins_1', outcome: 'REFUSED' });
  await userEvent.click(screen.getByTestId('audit-all'));
  expect(screen.getByTestId('address').textContent).toBe('');
});

test('a time is asked for to the second as an instant', async () => {
  const from = '2026-11-01T00:00:00.000Z';
  const asked = open({ Audit: () => audit([entry(1)]) }, `/audit?from=${from}`);
  await screen.findByTestId('audit-1');
  expect(filters(asked)[0]).toEqual({ from });
  const shown = screen.getByTestId<HTMLInputElement>('audit-from').value;
  expect(new Date(shown).toISOString()).toBe(from);
});

test('who did something leads to all that they did', async () => {
  const asked = open({ Audit: () => audit([entry(1)]) });
  const row = within(await screen.findByTestId('audit-1'));
  await userEvent.click(row.getByText('dev'));
  await screen.findByTestId('audit-1');
  expect(filters(asked).at(-1)).toEqual({ subject: 'dev' });
});

test('a record opens to its request, why it was refused and who acted as whom', async () => {
  const content = JSON.stringify({ impersonator: 'sub_9', as: 'sub_2', reason: 'ticket 7' });
  const refused = { outcome: 'refused', code: 'LIMIT_REACHED', content, subject: 'op as dev' };
  open({ Audit: () => audit([entry(7, refused)]) });
  await userEvent.click(await screen.findByTestId('details-7'));
  const details = screen.getByTestId('record-7').textContent;
  for (const word of [
    'req_1',
    '192.0.2.7',
    'The limit is reached',
    'sub_9',
    'ticket 7',
    'Acted as',
    'bb',
  ]) {
    expect(details).toContain(word);
  }
  await userEvent.click(screen.getByTestId('details-7'));
  expect(screen.queryByTestId('record-7')).toBeNull();
});

test('an empty audit and a search in vain are told apart', async () => {
  open({ Audit: () => audit([]) });
  expect((await screen.findByTestId('empty')).textContent).toContain('Nothing was recorded yet');
  await userEvent.type(screen.getByTestId('audit-action'), 'none{Enter}');
  expect((await screen.findByTestId('empty')).textContent).toContain('No record is like this');
});

test('a malformed id is told at its field', async () => {
  const message = 'expected the id of an operation';
  open({ Audit: invalid('filter.operation', message) }, '/audit?operation=x');
  expect((await screen.findByTestId('field-error')).textContent).toBe(message);
});

test('who may not read it is told so and offered nothing', async () => {
  open({ Audit: refusal('FORBIDDEN', { action: 'read_audit' }) }, '/audit', []);
  const problem = await screen.findByTestId('problem');
  expect(problem.getAttribute('data-code')).toBe('FORBIDDEN');
  expect(screen.queryByTestId('export-audit')).toBeNull();
  expect(screen.queryByTestId('audit-show')).toBeNull();
});

test('the chain is verified when somebody asks, and the first broken record is named', async () => {
  const found = { __typename: 'AuditVerification', records: '12', hash: 'cafe' };
  let answer = { ...found, holds: true, brokenAt: null as string | null };
  const asked = open({
    Audit: () => audit([entry(1)]),
    AuditVerification: () => ({ data: { auditVerification: answer } }),
  });
  await screen.findByTestId('audit-1');
  expect(asked.some((one) => one.operationName === 'AuditVerification')).toBe(false);
  await userEvent.click(screen.getByTestId('verify-audit'));
  const good = await screen.findByTestId('verification');
  expect(good.textContent).toContain('All 12 records');
  expect(screen.getByTestId('verification-hash').textContent).toBe('cafe');
  answer = { ...found, holds: false, brokenAt: '5' };
  await userEvent.click(screen.getByTestId('verify-audit'));
  expect((await screen.findByText(/Record 5 is not/)).closest('[data-holds="false"]')).toBeTruthy();
});

function textOf(file: Blob | undefined): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result as string);
    };
    reader.readAsText(file ?? new Blob());
  });
}

test('all pages of what is shown are saved, with nothing that a spreadsheet would run', async () => {
  const saved: Blob[] = [];
  // jsdom makes no addresses of files and follows none.
  URL.createObjectURL = (blob) => {
    saved.push(blob as Blob);
    return 'blob:audit';
  };
  URL.revokeObjectURL = () => undefined;
  HTMLAnchorElement.prototype.click = () => undefined;
  const asked = open(
    {
      Audit: ({ after }: { after: string | null }) =>
        after ? audit([entry(1, { subject: '=1+1' })]) : audit([entry(2)], 'cursor'),
    },
    '/audit?action=placeOrder',
  );
  await screen.findByTestId('audit-2');
  await userEvent.click(screen.getByTestId('export-audit'));
  await vi.waitFor(() => {
    expect(saved.length).toBe(1);
  });
  const lines = (await textOf(saved[0])).trim().split('\n');
  expect(lines.length).toBe(3);
  expect(lines[0]).toContain('tenant,number,at,subject_id,subject,action,outcome');
  expect(lines[2]).toContain(",'=1+1,");
  expect(
    filters(asked).every((filter) => JSON.stringify(filter) === '{"action":"placeOrder"}'),
  ).toBe(true);
});
