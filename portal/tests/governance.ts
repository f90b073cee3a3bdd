// What stands above an order, as people meet it on pages: applications that hold it, limits that
// refuse it, and rules by which somebody else has to approve it.

import { expect, type Page } from '@playwright/test';

import type { Language, Reader } from './reader';
import { stateIs, succeeded } from './steps';

/** Of the organization that the developer orders in. */
const PLACE = 'platform';

/** Makes an application with the instance in it, calls it otherwise, and deletes it again. */
export async function composed(head: Reader, language: Language, name: string) {
  const { page } = head;
  await head.speak(language);
  const application = `app-${name}`;
  await page.getByTestId('nav-applications').click();
  await expect(page.getByTestId('empty')).toBeVisible();
  await head.picture(language, '25-applications-empty');
  await page.getByTestId('create-application').click();
  await page.getByTestId('application-name').fill(application);
  await page.getByTestId('application-description').fill('What the story sells\nand what it needs');
  await pick(page, 'application-organization', PLACE);
  await head.picture(language, '26-create-application');
  await page.getByTestId('confirm-application').click();
  await page.getByTestId(`application-${application}`).getByRole('link').click();
  await expect(page.getByTestId('empty')).toBeVisible();
  for (const part of [name, 'first-cache']) {
    await page.getByTestId('add-part').click();
    await pick(page, 'part', part);
    await page.getByTestId('confirm-part').click();
    await expect(page.getByTestId(`part-${part}`)).toBeVisible();
  }
  await page.getByTestId(`depend-${name}`).click();
  await pick(page, 'needed', 'first-cache');
  await page.getByTestId('confirm-dependency').click();
  await expect(page.getByTestId(`free-${name}-first-cache`)).toBeVisible();
  await page.getByTestId('rename-application').click();
  await page.getByTestId('application-name').fill('Not A Name');
  await page.getByTestId('confirm-rename').click();
  await expect(page.getByTestId('field-error')).toBeVisible();
  await page.getByTestId('application-name').fill(application);
  await page.getByTestId('application-title').fill('The till');
  await head.picture(language, '27-rename-application');
  await page.getByTestId('confirm-rename').click();
  await expect(page.getByTestId('page-title')).toHaveText('The till');
  await expect(page.getByTestId('run')).toHaveAttribute('data-state', 'RUNNING');
  await expect(page.getByTestId('bindings')).toBeVisible();
  await head.picture(language, '28-application');
  await page.getByTestId('nav-applications').click();
  await expect(page.getByTestId(`application-${application}`)).toBeVisible();
  const organization = page.getByTestId('applications-organization').locator('input');
  await organization.fill('sales');
  await organization.press('Enter');
  await expect(page.getByTestId('empty')).toBeVisible();
  await organization.fill(PLACE);
  await organization.press('Enter');
  await expect(page.getByTestId(`application-${application}`)).toBeVisible();
  await head.picture(language, '29-applications');
  await page.getByTestId(`application-${application}`).getByRole('link').click();
  await page.getByTestId('delete-application').click();
  await page.getByTestId('confirm-delete').click();
  await expect(page.getByTestId('empty')).toBeVisible();
}

/** Chooses by name in a dialog's field; of several that have it, the first. */
async function pick(page: Page, testid: string, name: string): Promise<void> {
  await page.getByTestId(`${testid}-search`).fill(name);
  const first = page
    .getByTestId(testid)
    .locator('label')
    .filter({ hasText: new RegExp(name, 'i') });
  await first.first().getByRole('radio').check();
}

async function openQuotas(page: Page): Promise<void> {
  await page.getByTestId('nav-quotas').click();
  const named = page.getByTestId('quota-organization').locator('input');
  await named.fill(PLACE);
  await named.press('Enter');
  await expect(page.getByTestId(`quotas-${PLACE}`)).toBeVisible();
}

/** Limits the members of the organization; nothing: no limit. */
async function limit(page: Page, members: number | undefined): Promise<void> {
  await page.getByTestId(`limit-${PLACE}-MEMBERS`).click();
  await page.getByTestId('quota-limit').fill(members === undefined ? '' : String(members));
  await page.getByTestId('confirm-quota').click();
  const shown = page.getByTestId(`quota-${PLACE}-MEMBERS`).getByRole('cell').nth(1);
  await expect(shown).toHaveText(members === undefined ? '–' : String(members));
}

/** Fills in an order and looks at its preview. */
async function previewed(page: Page, name: string): Promise<void> {
  await page.getByTestId('nav-catalogue').click();
  await page.getByTestId('offering-redis').click();
  await page.getByTestId('order').click();
  await page.getByTestId('name').fill(name);
  await page.getByTestId('topology').locator('input[value="standalone"]').check();
  await page.getByTestId('preview-order').click();
  await expect(page.getByTestId('preview')).toBeVisible();
}

/** An order beyond a limit is refused where it is made, and the place of the limit is named. */
export async function limited(head: Reader, developer: Reader, language: Language, name: string) {
  await head.speak(language);
  await developer.speak(language);
  await openQuotas(head.page);
  await head.picture(language, '30-quotas-empty');
  const used = head.page.getByTestId(`quota-${PLACE}-MEMBERS`).getByRole('cell').nth(2);
  const members = Number(await used.innerText());
  expect(members).toBeGreaterThan(0);
  await limit(head.page, members);
  await head.picture(language, '31-quotas');

  const { page } = developer;
  await previewed(page, name);
  const place = language === 'zh' ? `组织 ${PLACE}` : `organization ${PLACE}`;
  await expect(page.getByTestId('preview-quotas')).toContainText(place);
  await page.getByTestId('place-order').click();
  const refused = page.getByTestId('problem');
  await expect(refused).toHaveAttribute('data-code', 'LIMIT_REACHED');
  await expect(refused).toContainText(place);
  await developer.picture(language, '32-quota-reached');
  await page.getByTestId('nav-quotas').click();
  await expect(page.getByTestId(`quota-${PLACE}-MEMBERS`)).toBeVisible();
  await expect(page.getByTestId(`limit-${PLACE}-MEMBERS`)).toHaveCount(0);
  await developer.picture(language, '33-quotas-read');
  await limit(head.page, undefined);
}

/** Opens the budget of the organization and fills in its amount; nothing: no budget. */
async function budget(page: Page, amount: string): Promise<void> {
  await page.getByTestId(`set-budget-${PLACE}`).click();
  await page.getByTestId('budget-amount').fill(amount);
}

/** An order beyond a budget is refused where it is made; afterwards there is none. */
export async function budgeted(head: Reader, developer: Reader, language: Language, name: string) {
  await head.speak(language);
  await developer.speak(language);
  await openQuotas(head.page);
  const shown = head.page.getByTestId(`committed-${PLACE}`);
  const committed = (await shown.getAttribute('data-exact')) ?? '';
  expect(Number(committed)).toBeGreaterThan(0);
  await budget(head.page, '1.23456');
  await head.page.getByTestId('confirm-budget').click();
  await expect(head.page.getByTestId('field-error')).toBeVisible();
  // Less than what is committed is a budget too: nothing more from now on.
  await head.page.getByTestId('budget-amount').fill('0.5');
  await head.picture(language, '33a-set-budget');
  await head.page.getByTestId('confirm-budget').click();
  const own = head.page.getByTestId(`budgets-${PLACE}`);
  await expect(own).toContainText('-');
  await head.picture(language, '33b-budgets');

  const { page } = developer;
  await previewed(page, name);
  const place = language === 'zh' ? `组织 ${PLACE}` : `organization ${PLACE}`;
  await expect(page.getByTestId('preview-budgets')).toContainText(place);
  await page.getByTestId('place-order').click();
  const refused = page.getByTestId('problem');
  await expect(refused).toHaveAttribute('data-code', 'LIMIT_REACHED');
  await expect(refused).toContainText(place);
  await developer.picture(language, '33c-budget-reached');
  await page.getByTestId('nav-quotas').click();
  await expect(page.getByTestId(`budget-${PLACE}`)).toBeVisible();
  await expect(page.getByTestId(`set-budget-${PLACE}`)).toHaveCount(0);

  await budget(head.page, '');
  await head.page.getByTestId('confirm-budget').click();
  await expect(own).toHaveCount(0);
}

/** An order waits until a second person approves it, and runs then. */
export async function approved(head: Reader, developer: Reader, language: Language, name: string) {
  await head.speak(language);
  await developer.speak(language);
  const heads = head.page;
  await heads.getByTestId('nav-approvals').click();
  await expect(heads.getByTestId('empty')).toBeVisible();
  await head.picture(language, '34-approvals-empty');
  await heads.getByTestId('create-rule').click();
  await pick(heads, 'rule-place', PLACE);
  await heads.getByTestId('rule-plans').getByRole('checkbox').first().check();
  await head.picture(language, '35-create-rule');
  await heads.getByTestId('rule-plans').getByRole('checkbox').first().uncheck();
  await heads.getByTestId('confirm-rule').click();
  await expect(heads.getByTestId('rules')).toBeVisible();

  const { page } = developer;
  await previewed(page, name);
  await page.getByTestId('place-order').click();
  await expect(page.getByTestId('waiting')).toBeVisible();
  // The same is not asked for twice; another order can be made.
  await expect(page.getByTestId('place-order')).toHaveCount(0);
  await expect(page.getByTestId('preview-order')).toBeDisabled();
  await expect(page.getByTestId('to-approval')).toBeVisible();
  await developer.picture(language, '36-order-waits');
  await page.getByTestId('waiting').getByRole('link').click();
  await expect(page.getByTestId('approval-state')).toHaveAttribute('data-state', 'OPEN');
  // Nobody approves what they asked for themselves.
  await expect(page.getByTestId('approval-withdraw')).toBeVisible();
  await expect(page.getByTestId('approval-give')).toHaveCount(0);

  // It arrives by itself on the page that is open.
  const row = heads.getByTestId('approvals').getByRole('row').filter({ hasText: name });
  await expect(row).toBeVisible();
  await head.picture(language, '37-approvals');
  await row.getByRole('link').click();
  await heads.getByTestId('approval-text').fill('for the story');
  await head.picture(language, '38-approval');
  await heads.getByTestId('approval-give').click();
  await expect(heads.getByTestId('approval-state')).toHaveAttribute('data-state', 'PERFORMED');

  await expect(page.getByTestId('approval-state')).toHaveAttribute('data-state', 'PERFORMED');
  await expect(page.getByTestId('approval-history')).toContainText('for the story');
  await developer.picture(language, '39-approved');
  await page.locator('a[href^="/operations/"]').click();
  await succeeded(page);
  await page.getByTestId('to-instance').click();
  await stateIs(page, 'RUNNING');
  await page.getByTestId('nav-approvals').click();
  await expect(page.getByTestId('approvals')).toContainText(name);
  await developer.picture(language, '40-own-approvals');
  await heads.getByTestId('nav-approvals').click();
  await heads.getByTestId('approvals-history').click();
  await expect(heads.getByTestId('approvals')).toContainText(name);
  await head.picture(language, '41-approvals-decided');
  await heads.getByTestId('delete-rule').first().click();
  await heads.getByTestId('confirm-delete').click();
  await expect(heads.getByTestId('rules')).toHaveCount(0);
}

/** Deletes an instance that an earlier part of the story left. */
export async function removed(developer: Reader, name: string) {
  const { page } = developer;
  await page.getByTestId('nav-instances').click();
  await page.getByTestId(`instance-${name}`).getByRole('link').first().click();
  await page.getByTestId('delete').click();
  await page.getByTestId('delete-name').fill(name);
  await page.getByTestId('confirm-delete').click();
  await succeeded(page);
}
