import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { newClient } from '../../gql/client';
import type { ViewerQuery } from '../../gql/viewer.generated';
import { startLanguage } from '../../language/language';
import { RightsProvider } from '../../ui/Rights';
import { RuleDialog } from './RuleDialog';

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

const viewer: ViewerQuery['viewer'] = {
  id: 'sub_1',
  name: 'admin',
  title: 'Admin',
  sessionExpiresAt: '2026-11-30T00:00:00Z',
  impersonatedBy: null,
  canSomewhere: ['MANAGE_APPROVALS'],
  canInTenant: ['MANAGE_APPROVALS'],
  tenant: { id: 'ten_1', title: 'Acme', zone: 'Asia/Shanghai', currency: 'CNY' },
  roles: [],
};
const pageInfo = { hasNextPage: false, endCursor: null };
const none = { nodes: [], pageInfo };
const text = (en: string) => ({ __typename: 'Text', en, zh: en });
const plan = (name: string) => ({ __typename: 'Plan', id: `pln_${name}`, title: text(name) });
const offering = (name: string, ...plans: string[]) => ({
  __typename: 'Offering',
  id: `off_${name}`,
  title: text(name),
  plans: plans.map(plan),
});

test('a rule is made for the whole tenant and two plans', async () => {
  const inputs: unknown[] = [];
  const nodes = [offering('Redis', 'Small', 'Large'), offering('Nginx', 'Site')];
  const answers: Record<string, unknown> = {
    Places: { data: { organizations: none, projects: none, applications: none } },
    RulePlans: { data: { offerings: { nodes, pageInfo } } },
    CreateApprovalRule: { data: { createApprovalRule: { __typename: 'ApprovalRule', id: 'r' } } },
  };
  vi.stubGlobal('fetch', (_: string, request: { body: string }) => {
    const asked = JSON.parse(request.body) as {
      operationName: string;
      variables: { input?: unknown };
    };
    if (asked.variables.input) inputs.push(asked.variables.input);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(answers[asked.operationName]);
    return Promise.resolve(new Response(body, { status: 200, headers }));
  });
  const close = vi.fn();
  render(
    <Provider value={newClient()}>
      <RightsProvider viewer={viewer}>
        <RuleDialog close={close} />
      </RightsProvider>
    </Provider>,
  );
  await userEvent.click(await screen.findByTestId('rule-place-ten_1'));
  await userEvent.click(await screen.findByTestId('rule-plan-pln_Large'));
  await userEvent.click(screen.getByTestId('rule-plan-pln_Small'));
  await userEvent.click(screen.getByTestId('rule-plan-pln_Site'));
  await userEvent.click(screen.getByTestId('rule-plan-pln_Small'));
  await userEvent.click(screen.getByTestId('confirm-rule'));
  await vi.waitFor(() => {
    expect(close).toHaveBeenCalled();
  });
  expect(inputs).toMatchObject([{ at: 'ten_1', plans: ['pln_Large', 'pln_Site'], packages: [] }]);
});
