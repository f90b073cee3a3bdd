import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test, vi } from 'vitest';

import { startLanguage } from '../../language/language';
import { page, sent, show } from '../../testing/plane';
import { RuleDialog } from './RuleDialog';

beforeAll(startLanguage);

const tenant = { id: 'ten_1', title: 'Acme', zone: 'Asia/Shanghai', currency: 'CNY' };
const none = page([]);
const text = (en: string) => ({ __typename: 'Text', en, zh: en });
const plan = (name: string) => ({ __typename: 'Plan', id: `pln_${name}`, title: text(name) });
const offering = (name: string, ...plans: string[]) => ({
  __typename: 'Offering',
  id: `off_${name}`,
  title: text(name),
  plans: plans.map(plan),
});

test('a rule is made for the whole tenant and two plans', async () => {
  const nodes = [offering('Redis', 'Small', 'Large'), offering('Nginx', 'Site')];
  const answers = {
    Places: { data: { organizations: none, projects: none, applications: none } },
    RulePlans: { data: { offerings: page(nodes) } },
    CreateApprovalRule: { data: { createApprovalRule: { __typename: 'ApprovalRule', id: 'r' } } },
  };
  const close = vi.fn();
  const asked = show(<RuleDialog close={close} />, {
    answers,
    can: ['MANAGE_APPROVALS'],
    viewer: { tenant },
  });
  await userEvent.click(await screen.findByTestId('rule-place-ten_1'));
  await userEvent.click(await screen.findByTestId('rule-plan-pln_Large'));
  await userEvent.click(screen.getByTestId('rule-plan-pln_Small'));
  await userEvent.click(screen.getByTestId('rule-plan-pln_Site'));
  await userEvent.click(screen.getByTestId('rule-plan-pln_Small'));
  await userEvent.click(screen.getByTestId('confirm-rule'));
  await vi.waitFor(() => {
    expect(close).toHaveBeenCalled();
  });
  const rule = { at: 'ten_1', plans: ['pln_Large', 'pln_Site'], packages: [] };
  expect(sent(asked, 'CreateApprovalRule')).toMatchObject([rule]);
});
