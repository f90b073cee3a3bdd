// What several parts of the story do on a page.

import { expect, type Page } from '@playwright/test';

export const LONG = { timeout: 240_000 };

export async function choose(page: Page, testid: string, option: string | RegExp): Promise<void> {
  await page.getByTestId(testid).click();
  await page.locator('.ant-select-item-option').filter({ hasText: option }).first().click();
}

export async function succeeded(page: Page): Promise<void> {
  await expect(page.getByTestId('operation-state')).toHaveAttribute(
    'data-state',
    /SUCCEEDED|FAILED|SUPERSEDED/,
    LONG,
  );
  await expect(page.getByTestId('operation-state')).toHaveAttribute('data-state', 'SUCCEEDED');
}

export async function stateIs(page: Page, state: string): Promise<void> {
  const badge = page.locator('.page-head').getByTestId('state');
  await expect(badge).toHaveAttribute('data-state', state, LONG);
}

/** Does something on an instance's page and waits until the operation that it began has succeeded. */
export async function worked(page: Page, act: () => Promise<void>): Promise<void> {
  const instance = page.getByTestId('instance');
  const before = await instance.getAttribute('data-newest');
  await act();
  await expect(instance).not.toHaveAttribute('data-newest', before ?? '', LONG);
  await expect(instance).toHaveAttribute('data-newest-state', /SUCCEEDED|FAILED|SUPERSEDED/, LONG);
  await expect(instance).toHaveAttribute('data-newest-state', 'SUCCEEDED');
}

export async function openGroupOf(page: Page, parameter: string): Promise<void> {
  const group = page.locator('details', { has: page.getByTestId(`field-${parameter}`) });
  if ((await group.getAttribute('open')) === null) await group.locator('summary').click();
}

/** Opens this month's bills one after the other until one names the instance. */
export async function findOnBills(page: Page, name: string): Promise<boolean> {
  await page.goto('/bills');
  const first = page.locator('[data-testid^="organization-"]').first();
  await expect(first).toBeVisible();
  const links = await page
    .locator('[data-testid^="organization-"] li:first-child a')
    .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
  for (const link of links.reverse()) {
    await page.goto(link);
    await expect(page.getByTestId('bill-summary')).toBeVisible();
    await expect(page.getByTestId('loading')).toHaveCount(0);
    const resources = page.getByTestId('bill-resources');
    if ((await resources.filter({ hasText: name }).count()) > 0) return true;
  }
  return false;
}

/** Takes what is left of a search. */
export async function only(page: Page, picker: string): Promise<void> {
  const left = page.getByTestId(picker).locator('.picker-choice');
  await expect(left).toHaveCount(1);
  await left.click();
}

/** The row of the tree in which something stands. */
const node = (page: Page, testid: string) =>
  page.locator('.ant-tree-treenode').filter({ has: page.getByTestId(testid) });

/** Opens a branch of the tree, if it is not open. */
export async function unfold(page: Page, name: string): Promise<void> {
  await expect(page.getByTestId(`organization-${name}`)).toBeVisible();
  const closed = node(page, `organization-${name}`).locator('.ant-tree-switcher_close');
  if ((await closed.count()) > 0) await closed.click();
}
