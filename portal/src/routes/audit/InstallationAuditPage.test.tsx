import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test, vi } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, refusal, show, type Answers } from '../../testing/plane';
import InstallationAuditPage from './InstallationAuditPage';

beforeAll(startLanguage);

const entry = (number: number) => ({
  __typename: 'AuditEntry',
  tenant: 'ten_none',
  number,
  at: '2026-11-29T08:00:00.000000Z',
  subjectId: null,
  subject: 'console',
  action: 'createTenant',
  outcome: 'done',
  code: null,
  target: 'ten_1',
  operation: null,
  requestId: '',
  address: null,
  content: '{"name":"acme"}',
  previousHash: 'aa',
  hash: 'bb',
});
const InstallationAudit = { data: { audit: page([entry(3)]) } };

const open = (answers: Answers, address = '/installation-audit') =>
  show(<InstallationAuditPage />, { answers, address, can: ['ADMINISTER'] });

test("an operator finds what was done to the installation, and no tenant's audit is asked", async () => {
  const asked = open({ InstallationAudit }, '/installation-audit?action=createTenant');
  expect((await screen.findByTestId('audit-3')).textContent).toContain('console');
  expect(screen.getByTestId('page-title').textContent).toBe('Installation audit');
  expect(asked.map((one) => one.operationName)).toEqual(['InstallationAudit']);
  expect(asked[0]?.variables.filter).toEqual({ action: 'createTenant' });
  expect(screen.getByText('e.g. createTenant')).toBeTruthy();
  await userEvent.click(screen.getByTestId('details-3'));
  const details = screen.getByTestId('record-3').textContent;
  expect(details).toContain('acme');
  expect(details).toContain('Nobody asked for it over the API');
});

test('its own chain is verified', async () => {
  const verified = { __typename: 'AuditVerification', records: '3', hash: 'cafe', holds: true };
  const asked = open({
    InstallationAudit,
    InstallationAuditVerification: {
      data: { auditVerification: { ...verified, brokenAt: null } },
    },
  });
  await screen.findByTestId('audit-3');
  await userEvent.click(screen.getByTestId('verify-audit'));
  expect((await screen.findByTestId('verification')).textContent).toContain('All 3 records');
  expect(asked.at(-1)?.operationName).toBe('InstallationAuditVerification');
});

test('it is saved under a name of its own', async () => {
  const names: string[] = [];
  // jsdom makes no addresses of files and follows none.
  URL.createObjectURL = () => 'blob:audit';
  URL.revokeObjectURL = () => undefined;
  HTMLAnchorElement.prototype.click = function () {
    names.push(this.download);
  };
  const asked = open({ InstallationAudit });
  await screen.findByTestId('audit-3');
  await userEvent.click(screen.getByTestId('export-audit'));
  await vi.waitFor(() => {
    expect(names).toEqual([expect.stringMatching(/^installation-audit-.*\.csv$/)]);
  });
  expect(asked.every((one) => one.operationName === 'InstallationAudit')).toBe(true);
});

test('who is no operator is told so and offered nothing', async () => {
  show(<InstallationAuditPage />, {
    answers: { InstallationAudit: refusal('FORBIDDEN', { action: 'administer' }) },
    can: ['READ_AUDIT'],
  });
  const problem = await screen.findByTestId('problem');
  expect(problem.getAttribute('data-code')).toBe('FORBIDDEN');
  expect(screen.queryByTestId('export-audit')).toBeNull();
  expect(screen.queryByTestId('verify-audit')).toBeNull();
  expect(screen.queryByTestId('audit-show')).toBeNull();
});
