import { expect } from '@playwright/test';

import type { Language, Reader } from './reader';

/** An operator makes a tenant, turns it through its states, and chooses whom something is offered. */
export async function lifeOfTenant(operator: Reader, language: Language, tenant: string) {
  const { page } = operator;
  await page.getByTestId('nav-tenants').click();
  await page.getByTestId('create-tenant').click();
  await page.getByTestId('tenant-name').fill(tenant);
  await page.getByTestId('tenant-administrator').fill('boss');
  await page.getByTestId('confirm-tenant').click();
  await expect(page.getByTestId('tenant-link')).toContainText('/sign-in#cpc_');
  await page.keyboard.press('Escape');
  const state = page.getByTestId(`tenant-${tenant}`).getByTestId('tenant-state');
  const turn = async (work: string, becomes: string) => {
    await page.getByTestId(`${work}-${tenant}`).click();
    if (work !== 'resume') {
      await page.getByTestId('tenant-reason').fill('a story');
      await expect(page.getByTestId('confirm-turn')).toBeDisabled();
      await page.getByTestId('tenant-typed').fill(tenant);
    }
    await page.getByTestId('confirm-turn').click();
    await expect(state).toHaveAttribute('data-state', becomes);
  };
  await turn('suspend', 'suspended');
  await operator.picture(language, '23-tenants');
  await turn('resume', 'active');
  await turn('close', 'closed');
  await page.getByTestId('change-visibility-nginx').click();
  await page.getByTestId('audience').selectOption('CHOSEN');
  await page.getByTestId('offer-to').fill('acme');
  await page.getByTestId('offer-to').press('Enter');
  await expect(page.getByTestId('offered-acme')).toBeVisible();
  await operator.picture(language, '24-offered');
  await page.getByTestId('withdraw-acme').click();
  await expect(page.getByTestId('offered-acme')).toHaveCount(0);
  await page.getByTestId('audience').selectOption('ALL');
  await expect(page.getByTestId('audience')).toHaveValue('ALL');
  await page.keyboard.press('Escape');
}

/** A package that the demo publishes and nobody of the story orders. */
const PACKAGE = 'memcached';

/** Whether the developer finds it in the catalogue. */
async function catalogued(developer: Reader, count: 0 | 1) {
  await developer.page.goto('/catalogue');
  await expect(developer.page.getByTestId('offering-redis')).toBeVisible();
  await expect(developer.page.getByTestId(`offering-${PACKAGE}`)).toHaveCount(count);
}

/** An operator withdraws an offering, publishes its package again, and offers it to one tenant. */
export async function published(operator: Reader, developer: Reader, language: Language) {
  const { page } = operator;
  await operator.speak(language);
  await developer.speak(language);
  await page.getByTestId('nav-tenants').click();
  await page.getByTestId(`withdraw-offering-${PACKAGE}`).click();
  await expect(page.getByTestId('confirm-withdraw')).toBeVisible();
  await operator.picture(language, '25-withdraw-offering');
  await page.getByTestId('confirm-withdraw').click();
  await expect(page.getByTestId(`package-${PACKAGE}`)).toBeVisible();
  await operator.picture(language, '26-publishable');
  await catalogued(developer, 0);

  await page.getByTestId(`publish-${PACKAGE}`).click();
  await expect(page.getByTestId('confirm-publish')).toBeVisible();
  await operator.picture(language, '27-publish');
  await page.getByTestId('confirm-publish').click();
  await expect(page.getByTestId(`package-${PACKAGE}`)).toHaveCount(0);
  // It is published for chosen tenants, and none was chosen yet.
  await catalogued(developer, 0);

  await page.getByTestId(`change-visibility-${PACKAGE}`).click();
  await expect(page.getByTestId('audience')).toHaveValue('CHOSEN');
  await page.getByTestId('offer-to').fill('nobody');
  await page.getByTestId('offer-to').press('Enter');
  await expect(page.getByTestId('problem')).toHaveAttribute('data-code', 'NOT_FOUND');
  await operator.picture(language, '28-offer-to-nobody');
  await page.getByTestId('offer-to').fill('acme');
  await page.getByTestId('offer-to').press('Enter');
  await expect(page.getByTestId('offered-acme')).toBeVisible();
  await operator.picture(language, '29-offered-to-one');
  await catalogued(developer, 1);
  await developer.picture(language, '30-catalogue-offered');
  await page.getByTestId('withdraw-acme').click();
  await expect(page.getByTestId('offered-acme')).toHaveCount(0);
  await catalogued(developer, 0);
  await page.getByTestId('audience').selectOption('ALL');
  await expect(page.getByTestId('audience')).toHaveValue('ALL');
  await page.keyboard.press('Escape');
  await catalogued(developer, 1);
}

/** An operator looks at an offering's plans, adds one, and offers it to one tenant. */
export async function withPlans(operator: Reader, developer: Reader, language: Language) {
  const { page } = operator;
  await operator.speak(language);
  await developer.speak(language);
  // Each language adds its own, since a name is taken once.
  const plan = `huge-${language}`;
  const found = async (count: 0 | 1) => {
    await developer.page.goto(`/catalogue/${PACKAGE}`);
    await expect(developer.page.getByTestId('plans')).toBeVisible();
    const rows = developer.page.getByTestId('plans').locator('tbody tr');
    await expect(rows.filter({ hasText: `Huge (${language})` })).toHaveCount(count);
  };
  await page.getByTestId('nav-tenants').click();
  await page.getByTestId(`plans-${PACKAGE}`).click();
  await expect(page.getByTestId('managed-plans')).toBeVisible();
  await operator.picture(language, '33-plans');

  await page.getByTestId('add-plan').click();
  await expect(page.getByTestId('confirm-plan')).toBeDisabled();
  await operator.picture(language, '34-add-plan');
  for (const [field, text] of Object.entries({
    name: 'Not A Name',
    titleEn: `Huge (${language})`,
    titleZh: `Huge (${language})`,
    millivcpu: '2000',
    memoryMib: '4096',
    storageMib: '8192',
  })) {
    await page.getByTestId(`new-plan-${field}`).fill(text);
  }
  await page.getByTestId('confirm-plan').click();
  await expect(page.getByTestId('field-error')).toBeVisible();
  await operator.picture(language, '35-plan-refused');
  await page.getByTestId('new-plan-name').fill(plan);
  await page.getByTestId('confirm-plan').click();
  await expect(page.getByTestId(`plan-${plan}`)).toBeVisible();
  await operator.picture(language, '36-plan-added');
  // It is for chosen tenants, and none was chosen yet.
  await found(0);

  await page.getByTestId(`change-plan-${plan}`).click();
  await expect(page.getByTestId('audience')).toHaveValue('CHOSEN');
  await page.getByTestId('offer-to').fill('acme');
  await page.getByTestId('offer').click();
  await expect(page.getByTestId('offered-acme')).toBeVisible();
  await operator.picture(language, '37-plan-offered');
  await found(1);
  await developer.picture(language, '31-plan-offered');
  // Escape leads back to the plans, and from there to the page.
  await page.keyboard.press('Escape');
  await expect(page.getByTestId(`plan-${plan}`)).toContainText('1');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('managed-plans')).toHaveCount(0);
}
