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
