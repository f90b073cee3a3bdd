// The audit as its readers use it: they narrow it down, open a record, save, follow and prove it.

import { readFile } from 'node:fs/promises';

import { expect } from '@playwright/test';

import type { Language, Reader } from './reader';

/** Finds one record by what was done, by whom and of what, and opens it to its request. */
export async function audited(
  auditor: Reader,
  language: Language,
  { action, by, of }: { action: string; by: string; of?: string },
) {
  const { page } = auditor;
  await auditor.speak(language);
  await page.getByTestId('nav-audit').click();
  await expect(page.getByTestId('audit')).toBeVisible();
  await auditor.picture(language, '18-audit');
  await page.getByTestId('audit-action').fill(action);
  await page.getByTestId('audit-subject').fill(by);
  if (of) await page.getByTestId('audit-target').fill(of);
  await page.getByTestId('audit-outcome').selectOption('DONE');
  await page.getByTestId('audit-show').click();
  await expect(page).toHaveURL(new RegExp(`action=${action}`));
  const rows = page.getByTestId('audit').locator('tbody tr');
  await expect(rows.first()).toContainText(action);
  for (const row of await rows.all()) await expect(row).toContainText(action);
  if (of) await expect(rows.first()).toContainText(of);
  await expect(rows.first()).toContainText('127.0.0.1');
  await rows.first().locator('.unfold').click();
  await expect(page.locator('.below')).toContainText(/[0-9a-f]{64}/);
  await auditor.picture(language, '18-audit-record');
  // The address alone leads another reader to the same records.
  await page.goto(page.url());
  await expect(page.getByTestId('audit-action')).toHaveValue(action);
  await expect(rows.first()).toContainText(by);
  await page.getByTestId('audit-outcome').selectOption('REFUSED');
  await page.getByTestId('audit-target').fill('ins_none');
  await page.getByTestId('audit-show').click();
  await expect(page.getByTestId('empty')).toBeVisible();
  await auditor.picture(language, '18-audit-none');
  await page.getByTestId('audit-all').click();
  await expect(page.getByTestId('audit')).toBeVisible();
}

/** The file has the records that are shown, and no others. */
export async function savedAudit(auditor: Reader, action: string) {
  const { page } = auditor;
  await page.goto(`/audit?action=${action}`);
  await expect(page.getByTestId('audit')).toBeVisible();
  const shown = await page.getByTestId('audit').locator('tbody tr').count();
  const download = page.waitForEvent('download');
  await page.getByTestId('export-audit').click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^audit-.*\.csv$/);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
  expect(lines.length).toBe(1 + shown);
  for (const line of lines.slice(1)) expect(line).toContain(`,${action},`);
}

/** What is done while the page is open appears on it by itself. */
export async function followed(auditor: Reader, admin: Reader, language: Language) {
  const { page } = auditor;
  await page.goto('/audit?action=createGroup');
  await expect(page.getByTestId('loading')).toHaveCount(0);
  const rows = page.getByTestId('audit').locator('tbody tr');
  const before = await rows.count();
  await admin.page.goto('/groups');
  await admin.page.getByTestId('create-group').click();
  await admin.page.getByTestId('group-name').fill(`followed-${language}`);
  await admin.page.getByTestId('confirm-group').click();
  await expect(admin.page.getByTestId(`group-followed-${language}`)).toBeVisible();
  await expect(rows).toHaveCount(before + 1);
  await auditor.picture(language, '18-audit-followed');
}

/** The plane looks at every record, and says that the chain holds. */
export async function proved(auditor: Reader, language: Language) {
  const { page } = auditor;
  await page.getByTestId('verify-audit').click();
  await expect(page.getByTestId('verification')).toHaveAttribute('data-holds', 'true');
  await expect(page.getByTestId('verification-hash')).toHaveText(/^[0-9a-f]{64}$/);
  await auditor.picture(language, '18-audit-verified');
}

/** An operator finds what was done to the installation, opens it, and proves its own chain. */
export async function installationAudited(operator: Reader, language: Language, action: string) {
  const { page } = operator;
  await operator.speak(language);
  await page.getByTestId('nav-installation-audit').click();
  await expect(page.getByTestId('audit')).toBeVisible();
  await operator.picture(language, '38-installation-audit');
  await page.getByTestId('audit-action').fill(action);
  await page.getByTestId('audit-show').click();
  await expect(page).toHaveURL(new RegExp(`/installation-audit\\?action=${action}`));
  const rows = page.getByTestId('audit').locator('tbody tr');
  await expect(rows.first()).toContainText(action);
  for (const row of await rows.all()) await expect(row).toContainText(action);
  await rows.first().locator('.unfold').click();
  await expect(page.locator('.below')).toContainText(/[0-9a-f]{64}/);
  await operator.picture(language, '39-installation-record');
  await page.getByTestId('verify-audit').click();
  await expect(page.getByTestId('verification')).toHaveAttribute('data-holds', 'true');
  await operator.picture(language, '40-installation-verified');
}
