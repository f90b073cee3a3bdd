// People, groups, roles, sign-in providers and the tree of organizations, as their administrator sees
// them, against a real plane and a real OpenID provider. tests/people/story.py starts both.

import { expect, test, type Page } from '@playwright/test';

import { audited, followed, installationAudited, proved, savedAudit } from './audit';
import { planned } from './move';
import { narrow } from './narrow';
import { demanded, Reader } from './reader';
import { actedAs, endedByAnother } from './session';
import { only, unfold } from './steps';
import { structured } from './structure';
import { published, withPlans } from './tenant';

test.describe.configure({ mode: 'serial' });

let admin: Reader;
let developer: Reader;
let head: Reader;
let auditor: Reader;
let operator: Reader;
/** Where the person who was made signs in. */
let link = '';

const LANGUAGES = ['en', 'zh'] as const;

test.beforeAll(async ({ browser }) => {
  admin = await Reader.open(browser, 'admin');
  developer = await Reader.open(browser, 'developer');
  head = await Reader.open(browser, 'head');
  auditor = await Reader.open(browser, 'auditor');
  operator = await Reader.open(browser, 'operator');
  await admin.signIn(demanded('CELLPLANE_LINK_ADMIN'));
  await developer.signIn(demanded('CELLPLANE_LINK_DEVELOPER'));
  await head.signIn(demanded('CELLPLANE_LINK_HEAD'));
  await auditor.signIn(demanded('CELLPLANE_LINK_AUDITOR'));
  await operator.signIn(demanded('CELLPLANE_LINK_OPERATOR'));
});

test.afterAll(() => {
  const all = [admin, developer, head, auditor, operator];
  expect(all.flatMap((reader) => reader.complaints)).toEqual([]);
});

async function goTo(page: Page, what: string): Promise<void> {
  await page.getByTestId('nav-access').click();
  await page.getByTestId(`nav-${what}`).click();
}

test('the tree opens branch by branch and shows what can be done', async () => {
  const { page } = admin;
  await page.getByTestId('nav-organizations').click();
  await expect(page.getByTestId('organization-acme')).toBeVisible();
  await expect(page.getByTestId('organization-rnd')).toHaveCount(0);
  await unfold(page, 'acme');
  await unfold(page, 'rnd');
  await unfold(page, 'platform');
  await expect(page.getByTestId('project-platform-dev')).toBeVisible();
  await page.getByTestId('organization-platform').click();
  await expect(page.getByTestId('place-title')).toHaveText('Platform');
  await expect(page.getByTestId('bindings')).toContainText('Developer');
  await admin.pictures('01-tree');
});

test('an organization is added, and what is wrong is shown at its field', async () => {
  const { page } = admin;
  await page.getByTestId('organization-sales').click();
  await page.getByTestId('create-place').click();
  await page.getByTestId('organization-name').fill('Not A Name');
  await page.getByTestId('organization-confirm').click();
  await expect(page.getByTestId('field-error')).toBeVisible();
  await admin.picture('en', '02-wrong-name');
  await page.getByTestId('organization-name').fill('asia');
  await page.getByTestId('organization-title').fill('Sales in Asia');
  await page.getByTestId('organization-confirm').click();
  await expect(page.getByTestId('organization-asia')).toBeVisible();
});

test('what is dropped elsewhere moves only after both places were named', async () => {
  const { page } = admin;
  const asia = page.getByTestId('organization-asia');
  await asia.dragTo(page.getByTestId('organization-rnd'));
  await expect(page.getByTestId('move-places')).toHaveText(
    'Sales in Asia goes from Sales to R&D, with everything in it.',
  );
  await admin.picture('en', '03-move');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('move-places')).toHaveCount(0);
  await asia.dragTo(page.getByTestId('organization-rnd'));
  await page.getByTestId('confirm-move').click();
  await expect(page.getByTestId('move-places')).toHaveCount(0);
  await asia.click();
  await expect(page.getByTestId('place')).toContainText('R&D');
});

test('the same is done with the keyboard alone', async () => {
  const { page } = admin;
  await page.getByTestId('organization-asia').click();
  await page.getByTestId('move-place').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('move-to-search').focus();
  await page.keyboard.type('sale');
  await expect(page.locator('[data-testid="move-to"] .picker-choice')).toHaveCount(1);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('move-places')).toContainText('from R&D to Sales');
  await admin.picture('en', '04-move-to');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('move-places')).toHaveCount(0);
  await expect(page.getByTestId('place')).toContainText('Sales');
});

test('what is not empty stays, and the page says what is in it', async () => {
  const { page } = admin;
  await page.getByTestId('organization-sales').click();
  await expect(page.getByTestId('place-title')).toHaveText('Sales');
  await page.getByTestId('delete-place').click();
  await page.getByTestId('organization-confirm').click();
  const problem = page.getByTestId('problem');
  await expect(problem).toHaveAttribute('data-code', 'CONFLICT');
  await expect(problem).toContainText('asia');
  await admin.picture('en', '05-not-empty');
  await page.keyboard.press('Escape');
});

test('a place is found by its name and shown where it stands', async () => {
  const { page } = admin;
  await page.reload();
  await page.getByTestId('search-organizations').fill('asia');
  await expect(page.getByTestId('found-asia')).toContainText('Acme / Sales');
  await admin.pictures('06-found');
  await page.getByTestId('found-asia').click();
  await expect(page.getByTestId('organization-asia')).toBeVisible();
  await expect(page.getByTestId('place-title')).toHaveText('Sales in Asia');
  await page.getByTestId('delete-place').click();
  await page.getByTestId('organization-confirm').click();
  await expect(page.getByTestId('organization-asia')).toHaveCount(0);
});

test('a role is made of actions and other roles', async () => {
  const { page } = admin;
  await goTo(page, 'roles');
  await expect(page.getByTestId('role-developer')).toBeVisible();
  await admin.pictures('07-roles');
  await page.getByTestId('create-role').click();
  await page.getByTestId('role-name').fill('night-watch');
  await page.getByTestId('role-title').fill('Night watch');
  await page.getByTestId('part-operate').check();
  await admin.picture('en', '08-role');
  await page.getByTestId('confirm-role').click();
  await expect(page.getByTestId('role-night-watch')).toContainText('Start and stop');
  await page.getByTestId('change-role-night-watch').click();
  await page.getByTestId('part-reveal').check();
  await page.getByTestId('confirm-role').click();
  await expect(page.getByTestId('role-night-watch')).toContainText('See passwords');
});

test('a person is made and gets a link that is shown once', async () => {
  const { page } = admin;
  await goTo(page, 'members');
  await page.getByTestId('create-user').click();
  await page.getByTestId('user-name').fill('wei');
  await page.getByTestId('user-title').fill('Zhang Wei');
  await page.getByTestId('confirm-user').click();
  await page.getByTestId('confirm-code').click();
  const shown = page.getByTestId('user-code');
  await expect(shown).toContainText('/sign-in#');
  link = /\S+\/sign-in#\S+/.exec(await shown.innerText())?.[0] ?? '';
  expect(link).not.toBe('');
  await page.keyboard.press('Escape');
  await page.getByTestId('search-people').fill('we');
  await expect(page.getByTestId('subject-wei')).toBeVisible();
  await expect(page.getByTestId('subject-admin')).toHaveCount(0);
  await page.getByTestId('search-people').fill('');
  await expect(page.getByTestId('subject-admin')).toBeVisible();
  await admin.pictures('09-people');
});

test('a role is given at a place, and the page says why it may be done', async () => {
  const { page } = admin;
  await page.getByTestId('subject-wei').getByRole('link').first().click();
  await expect(page.getByTestId('no-bindings')).toBeVisible();
  await page.getByTestId('bind').click();
  await page.getByTestId('bind-role').selectOption('Night watch');
  await page.getByTestId('bind-at-search').fill('platform-dev');
  await only(page, 'bind-at');
  await admin.picture('en', '10-bind');
  await page.getByTestId('confirm-bind').click();
  await expect(page.getByTestId('bindings')).toContainText('Night watch');
  await expect(page.getByTestId('bindings')).toContainText('Platform development');
  await page.getByTestId('why-at-search').fill('platform-dev');
  await only(page, 'why-at');
  await expect(page.getByTestId('why-OPERATE')).toContainText('Night watch');
  await expect(page.getByTestId('why-ORDER')).toContainText('No role at this place');
  await admin.pictures('11-person');
});

test('who signs in has exactly that, and is out when disabled', async ({ browser }) => {
  const wei = await Reader.open(browser, 'wei');
  await wei.signIn(link);
  await expect(wei.page.getByTestId('nav-access')).toHaveCount(0);
  await wei.page.goto('/members');
  await expect(wei.page.getByTestId('problem')).toBeVisible();
  await wei.page.goto('/roles');
  await expect(wei.page.getByTestId('create-role')).toHaveCount(0);

  const { page } = admin;
  await page.getByTestId('disable-user').click();
  await page.getByTestId('confirm-disable').click();
  await expect(page.getByTestId('subject-state')).toHaveAttribute('data-state', 'DISABLED');
  await wei.page.goto('/');
  await expect(wei.page.getByTestId('sign-in-no-code')).toBeVisible();
  expect(wei.complaints).toEqual([]);
  await wei.page.context().close();
  await page.getByTestId('unbind-rol').or(page.getByText('Take back')).first().click();
  await page.getByTestId('confirm-unbind').click();
  await expect(page.getByTestId('no-bindings')).toBeVisible();
});

test('a role that nobody has any more is deleted', async () => {
  const { page } = admin;
  await goTo(page, 'roles');
  await page.getByTestId('delete-role-night-watch').click();
  await page.getByTestId('confirm-delete').click();
  await expect(page.getByTestId('role-night-watch')).toHaveCount(0);
});

test('a group is made, filled and given a role', async () => {
  const { page } = admin;
  await goTo(page, 'groups');
  await page.getByTestId('create-group').click();
  await page.getByTestId('group-name').fill('ops');
  await page.getByTestId('group-title').fill('Operations');
  await page.getByTestId('confirm-group').click();
  await admin.pictures('12-groups');
  await page.getByTestId('group-ops').getByRole('link').click();
  await page.getByTestId('add-group').click();
  await page.getByTestId('group-member-search').fill('finance');
  await only(page, 'group-member');
  await page.getByTestId('confirm-add').click();
  await expect(page.getByTestId('subject-finance')).toBeVisible();
  await page.getByTestId('bind').click();
  await page.getByTestId('bind-role').selectOption('viewer');
  await page.locator('[data-testid="bind-at"] .picker-choice').first().click();
  await page.getByTestId('confirm-bind').click();
  await expect(page.getByTestId('bindings')).toContainText('Viewer');
  await admin.pictures('13-group');
  await page.getByTestId('delete-group').click();
  await page.getByTestId('confirm-delete').click();
  await expect(page.getByTestId('problem')).toHaveAttribute('data-code', 'CONFLICT');
  await page.keyboard.press('Escape');
});

test('a session of somebody else is ended after it was confirmed', async ({ browser }) => {
  await goTo(admin.page, 'members');
  await admin.page.getByTestId('subject-finance').getByRole('link').first().click();
  await endedByAnother(browser, admin, 'finance');
});

test('people come in through a real provider of the tenant', async ({ browser }) => {
  const { page } = admin;
  await goTo(page, 'providers');
  await expect(page.getByTestId('empty')).toBeVisible();
  await admin.pictures('14-no-provider');
  await page.getByTestId('create-provider').click();
  await page.getByTestId('provider-name').fill('corp');
  await page.getByTestId('provider-issuer').fill('https://127.0.0.1:1/nobody');
  await page.getByTestId('provider-title').fill('Acme staff');
  await page.getByTestId('provider-clientId').fill('cellplane');
  await page.getByTestId('provider-clientSecret').fill('s3cret/with+signs');
  await page.getByTestId('provider-groupsClaim').fill('groups');
  await page.getByTestId('provider-mapping').fill('/ops = ops');
  await page.getByTestId('provider-createsPeople').check();
  await page.getByTestId('confirm-provider').click();
  await expect(page.getByTestId('problem')).toBeVisible();
  await admin.picture('en', '15-provider-refused');
  await page.getByTestId('provider-issuer').fill(demanded('CELLPLANE_ISSUER'));
  await page.getByTestId('confirm-provider').click();
  await expect(page.getByTestId('provider-state')).toHaveAttribute('data-state', 'ACTIVE');
  await admin.pictures('16-providers');

  const context = await browser.newContext({ baseURL: demanded('CELLPLANE_ADDRESS') });
  const stranger = await context.newPage();
  await stranger.goto('/sign-in');
  await stranger.getByTestId('tenant').fill('acme');
  await stranger.getByTestId('find-providers').click();
  await stranger.getByTestId('provider-corp').click();
  await stranger.locator('input[name="login"]').fill('mei');
  await stranger.locator('input[name="password"]').fill('any');
  await stranger.locator('button[type="submit"]').click();
  await stranger.locator('button[type="submit"]').click();
  await expect(stranger.getByTestId('account')).toContainText('Person mei');
  await stranger.getByTestId('nav-organizations').click();
  await expect(stranger.getByTestId('organization-acme')).toBeVisible();

  await goTo(page, 'members');
  await expect(page.getByTestId('subject-mei')).toContainText('Operations');
  await goTo(page, 'providers');
  await page.getByTestId('disable-provider-corp').click();
  await page.getByTestId('confirm-disable').click();
  await expect(page.getByTestId('provider-state')).toHaveAttribute('data-state', 'DISABLED');
  await stranger.goto('/');
  await expect(stranger.getByTestId('sign-in-no-code')).toBeVisible();
  await context.close();
});

test('who may not change rights is offered nothing and refused by the plane', async () => {
  const { page } = developer;
  await expect(page.getByTestId('nav-installation-audit')).toHaveCount(0);
  await page.goto('/installation-audit');
  await expect(page.getByTestId('problem')).toBeVisible();
  await expect(page.getByTestId('audit-show')).toHaveCount(0);
  await expect(page.getByTestId('nav-access')).toHaveCount(0);
  await page.goto('/members');
  await expect(page.getByTestId('problem')).toBeVisible();
  await page.goto('/organizations');
  await page.getByTestId('organization-platform').click();
  await expect(page.getByTestId('place-title')).toHaveText('Platform');
  await expect(page.getByTestId('create-place')).toHaveCount(0);
  await expect(page.getByTestId('bindings')).toHaveCount(0);
  await developer.picture('en', '01-organizations');
});

test('the head of an organization changes what is below it and makes no roles', async () => {
  const { page } = head;
  await page.goto('/roles');
  await expect(page.getByTestId('role-developer')).toBeVisible();
  await expect(page.getByTestId('create-role')).toHaveCount(0);
  await page.goto('/organizations');
  await page.getByTestId('organization-acme').click();
  await expect(page.getByTestId('create-place')).toBeVisible();
  await expect(page.getByTestId('delete-place')).toHaveCount(0);
  await expect(page.getByTestId('move-place')).toHaveCount(0);
});

for (const language of LANGUAGES) {
  test(`a move is planned for a day to come and called off, in ${language}`, async () => {
    await planned(admin, language, async (name) => {
      const { page } = admin;
      await page.goto('/organizations');
      await unfold(page, 'acme');
      if (name === 'platform') await unfold(page, 'rnd');
      await page.getByTestId(`organization-${name}`).click();
      await expect(page.getByTestId('place-title')).toBeVisible();
    });
  });

  test(`the structure is written and taken step by step, in ${language}`, () =>
    structured(admin, language));

  test(`an operator withdraws, publishes and offers to one tenant, in ${language}`, async () => {
    await published(operator, developer, language);
  });

  test(`an operator adds a plan and offers it to one tenant, in ${language}`, async () => {
    await withPlans(operator, developer, language);
  });

  test(`an operator finds what was done to the installation, in ${language}`, async () => {
    await installationAudited(operator, language, 'publishOffering');
  });

  test(`an operator acts as somebody and ends it, in ${language}`, async ({ browser }) => {
    await actedAs(browser, operator, language);
  });

  test(`the auditor finds who did what, follows it and proves it, in ${language}`, async () => {
    await audited(auditor, language, { action: 'disableUser', by: 'admin' });
    await savedAudit(auditor, 'disableUser');
    await followed(auditor, admin, language);
    await proved(auditor, language);
  });
}

test('all of it can be read in a narrow window', async () => {
  const pages = [
    ['/organizations', '20-narrow-tree'],
    ['/members', '21-narrow-people'],
    ['/roles', '22-narrow-roles'],
    ['/providers', '23-narrow-providers'],
    ['/audit', '24-narrow-audit'],
    ['/structure', '25-narrow-structure'],
  ] as const;
  await narrow(admin, pages, async (path) => {
    if (path !== '/organizations') return;
    await unfold(admin.page, 'acme');
    await admin.page.getByTestId('organization-rnd').click();
    await expect(admin.page.getByTestId('place-title')).toBeVisible();
  });
  await admin.page.goto('/members');
  await admin.speak('zh');
  await admin.picture('zh', '21-narrow-people');
  const fleet = [
    ['/tenants', '41-narrow-tenants'],
    ['/installation-audit', '42-narrow-installation-audit'],
  ] as const;
  await narrow(operator, fleet, () => Promise.resolve());
});
