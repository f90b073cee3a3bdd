import { fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, test, vi } from 'vitest';

import { onSessionLost } from '../../gql/client';
import { startLanguage } from '../../language/language';
import { invalid, page, sent, show, type Answers } from '../../testing/plane';
import TenantsPage from './TenantsPage';

beforeAll(startLanguage);

const tenant = (name: string, state: string) => ({
  __typename: 'ManagedTenant',
  id: `ten_${name}`,
  name,
  title: name.toUpperCase(),
  state,
  stateReason: state === 'active' ? null : 'unpaid since May',
  stateAt: null,
  instanceCount: 3,
  createdAt: '2026-11-01T00:00:00.000000Z',
});
const lists = {
  Tenants: {
    managedTenants: page([
      tenant('acme', 'active'),
      tenant('globex', 'suspended'),
      tenant('left', 'closed'),
    ]),
  },
  Visibility: { managedOfferings: page([]), packages: [] },
};

const open = (answers: Answers) => show(<TenantsPage />, { answers });

/** Writes a text at once. */
function fill(testid: string, value: string) {
  fireEvent.change(screen.getByTestId(testid), { target: { value } });
}

const shown = {
  Tenants: { data: lists.Tenants },
  Visibility: { data: lists.Visibility },
};

test('each state has its own actions, and a reason stands beside it', async () => {
  open(shown);
  const suspended = within(await screen.findByTestId('tenant-globex'));
  expect(suspended.getByTestId('tenant-state').getAttribute('data-state')).toBe('suspended');
  expect(suspended.getByText('unpaid since May')).toBeTruthy();
  expect(screen.getByTestId('suspend-acme')).toBeTruthy();
  expect(screen.queryByTestId('suspend-globex')).toBeNull();
  expect(screen.getByTestId('resume-globex')).toBeTruthy();
  expect(within(screen.getByTestId('tenant-left')).queryAllByRole('button')).toEqual([]);
});

test('a tenant closes only after its name was typed, and what is left in it is listed', async () => {
  const error = {
    message: 'the tenant is not empty',
    path: ['closeTenant'],
    extensions: {
      code: 'CONFLICT',
      why: 'not_empty',
      blockers: [
        { kind: 'instance', id: 'ins_1', name: 'ins_1' },
        { kind: 'period', id: '2026-11', name: '2026-11' },
      ],
      more: 4,
    },
  };
  const asked = open({ ...shown, CloseTenant: { data: null, errors: [error] } });
  await userEvent.click(await screen.findByTestId('close-acme'));
  await userEvent.type(screen.getByTestId('tenant-reason'), 'left');
  await userEvent.type(screen.getByTestId('tenant-typed'), 'acm');
  const confirm = screen.getByTestId<HTMLButtonElement>('confirm-turn');
  expect(confirm.disabled).toBe(true);
  await userEvent.type(screen.getByTestId('tenant-typed'), 'e');
  await userEvent.click(confirm);
  const left = await screen.findByTestId('blockers');
  expect(left.textContent).toContain('ins_1');
  expect(left.textContent).toContain('Month without a bill 2026-11');
  expect(left.textContent).toContain('4 more');
  const closing = { tenant: 'ten_acme', name: 'acme', reason: 'left' };
  expect(sent(asked, 'CloseTenant')).toMatchObject([closing]);
});

test('the link of the first administrator is shown once', async () => {
  const created = {
    tenant: { __typename: 'ManagedTenant', id: 'ten_new', name: 'initech' },
    code: 'cpc_once',
    codeExpiresAt: '2026-11-01T00:10:00.000000Z',
  };
  const made = { __typename: 'CreatedTenant', ...created };
  open({ ...shown, CreateTenant: { data: { createTenant: made } } });
  await userEvent.click(await screen.findByTestId('create-tenant'));
  await userEvent.type(screen.getByTestId('tenant-name'), 'initech');
  await userEvent.type(screen.getByTestId('tenant-administrator'), 'peter');
  await userEvent.click(screen.getByTestId('confirm-tenant'));
  expect((await screen.findByTestId('tenant-link')).textContent).toContain('/sign-in#cpc_once');
});

test('a package that nobody can order is published, and an offering withdrawn', async () => {
  const title = { __typename: 'Text', en: 'Cache', zh: '缓存' };
  const offering = { __typename: 'ManagedOffering', id: 'off_1', withdrawnAt: null };
  const node = {
    ...offering,
    name: 'redis',
    packageVersion: '1.0.0',
    audience: 'ALL',
    tenantCount: 0,
  };
  const named = { __typename: 'ManagedPackage', version: '1.0.0', title };
  const Visibility = {
    data: {
      managedOfferings: page([node]),
      packages: [
        { ...named, name: 'redis', offering },
        { ...named, name: 'nginx', offering: null },
      ],
    },
  };
  const done = { data: { publishOffering: { ...offering, audience: 'CHOSEN' } } };
  const gone = { data: { withdrawOffering: offering } };
  const asked = open({ ...shown, Visibility, PublishOffering: done, WithdrawOffering: gone });
  await userEvent.click(await screen.findByTestId('publish-nginx'));
  expect(screen.queryByTestId('publish-redis')).toBeNull();
  await userEvent.click(screen.getByTestId('confirm-publish'));
  await userEvent.click(screen.getByTestId('withdraw-offering-redis'));
  await userEvent.click(screen.getByTestId('confirm-withdraw'));
  expect(sent(asked, 'PublishOffering')).toMatchObject([{ package: 'nginx', audience: 'CHOSEN' }]);
  expect(sent(asked, 'WithdrawOffering')).toMatchObject([{ offering: 'off_1' }]);
});

test('a plan is added to an offering, and offered to one tenant alone', async () => {
  const plan = {
    __typename: 'ManagedPlan',
    id: 'pln_1',
    name: 'small',
    title: { __typename: 'Text', en: 'Small', zh: '小型' },
    size: { __typename: 'Size', millivcpu: 100, memoryMib: 128, storageMib: 256 },
    audience: 'CHOSEN',
    tenantCount: 0,
  };
  const node = {
    __typename: 'ManagedOffering',
    id: 'off_1',
    withdrawnAt: null,
    name: 'redis',
    packageVersion: '1.0.0',
    audience: 'ALL',
    tenantCount: 0,
    plans: [plan],
  };
  const Visibility = { data: { managedOfferings: page([node]), packages: [] } };
  const asked = open({
    ...shown,
    Visibility,
    AddPlan: { data: { addPlan: { __typename: 'ManagedOffering', id: 'off_1', plans: [] } } },
    TenantsOffered: { data: { managedTenants: page([]) } },
    TenantNamed: { data: { managedTenant: tenant('acme', 'active') } },
    OfferToTenant: { data: { offerToTenant: { ...node, plans: undefined } } },
  });
  await userEvent.click(await screen.findByTestId('plans-redis'));
  expect(screen.getByTestId('plan-small').textContent).toContain('Chosen tenants');
  await userEvent.click(screen.getByTestId('add-plan'));
  const confirm = screen.getByTestId<HTMLButtonElement>('confirm-plan');
  for (const [field, given] of Object.entries({
    name: 'huge',
    titleEn: 'Huge',
    titleZh: '特大',
    millivcpu: '2000',
    memoryMib: '4096',
  })) {
    fill(`new-plan-${field}`, given);
  }
  fill('new-plan-storageMib', 'much');
  expect(confirm.disabled).toBe(true);
  fill('new-plan-storageMib', '8192');
  await userEvent.click(confirm);
  await userEvent.click(await screen.findByTestId('change-plan-small'));
  const size = { millivcpu: 2000, memoryMib: 4096, storageMib: 8192 };
  expect(sent(asked, 'AddPlan')).toMatchObject([{ offering: 'off_1', name: 'huge', size }]);
  fill('offer-to', 'acme');
  await userEvent.click(screen.getByTestId('offer'));
  await vi.waitFor(() => {
    const offer = { offering: 'off_1', plan: 'pln_1', tenant: 'ten_acme' };
    expect(sent(asked, 'OfferToTenant')).toMatchObject([offer]);
  });
});

test('whose tenant is suspended is led to the sign-in page with the word for it', async () => {
  const lost = vi.fn();
  const stop = onSessionLost(lost);
  const body = JSON.stringify({ error: { code: 'FORBIDDEN', why: 'tenant_suspended' } });
  const headers = { 'content-type': 'application/json' };
  const refused = new Response(body, { status: 403, headers });
  open({ Tenants: refused, Visibility: refused });
  await vi.waitFor(() => {
    expect(lost).toHaveBeenCalledWith('tenant_suspended');
  });
  stop();
});

test('a tenant is renamed, and what is wrong with the name is told in the dialog', async () => {
  const message = 'another tenant has this name';
  const renamed = { ...tenant('acme', 'active'), name: 'initech', title: 'Initech' };
  const asked = open({
    ...shown,
    Tenants: [{ data: lists.Tenants }, { data: { managedTenants: page([renamed]) } }],
    RenameTenant: [invalid('name', message), { data: { renameTenant: renamed } }],
  });
  await userEvent.click(await screen.findByTestId('rename-acme'));
  const confirm = screen.getByTestId<HTMLButtonElement>('confirm-turn');
  expect(screen.getByTestId<HTMLInputElement>('tenant-typed').value).toBe('acme');
  expect(screen.getByTestId<HTMLInputElement>('tenant-label').value).toBe('ACME');
  expect(screen.queryByTestId('tenant-reason')).toBeNull();
  fill('tenant-typed', '');
  expect(confirm.disabled).toBe(true);
  fill('tenant-typed', 'globex');
  await userEvent.click(confirm);
  expect((await screen.findByTestId('problem')).textContent).toContain(message);
  fill('tenant-typed', 'initech');
  fill('tenant-label', 'Initech');
  await userEvent.click(confirm);
  expect((await screen.findByTestId('tenant-initech')).textContent).toContain('Initech');
  expect(screen.queryByRole('dialog')).toBeNull();
  const [first, second] = sent(asked, 'RenameTenant');
  expect(second).toMatchObject({ tenant: 'ten_acme', name: 'initech', title: 'Initech' });
  expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
});
