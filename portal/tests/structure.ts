// The tenant's structure as a document: written, refused, shown step by step, taken, and taken again
// without effect.

import { readFile } from 'node:fs/promises';

import { expect } from '@playwright/test';

import type { Language, Reader } from './reader';

const document = (rest: string) => `cellplane: 1\n${rest}`;

export async function structured(admin: Reader, language: Language) {
  const { page } = admin;
  await page.goto('/structure');
  await admin.speak(language);
  const download = page.waitForEvent('download');
  await page.getByTestId('export-structure').click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('structure.yaml');
  const written = await readFile(await file.path(), 'utf8');
  expect(written).toContain('rnd/platform');

  const preview = page.getByTestId('preview-structure');
  await expect(preview).toBeDisabled();
  await page.getByTestId('structure-file').setInputFiles(await file.path());
  await expect(page.getByTestId('structure-document')).toHaveValue(written);
  await preview.click();
  await expect(page.getByTestId('structure-steps').locator('li')).toHaveCount(0);
  await expect(page.getByTestId('import-structure')).toHaveCount(0);
  await page.getByTestId('structure-back').click();

  const fill = async (text: string) => {
    await page.getByTestId('structure-document').fill(text);
    await preview.click();
  };
  await fill(document('bindings: [{ holder: { group: none }, role: lost, at: tenant }]'));
  await expect(page.getByTestId('unfit').locator('li')).toHaveCount(2);
  await expect(page.getByTestId('structure-document')).toBeVisible();
  await admin.picture(language, '30-structure-unfit');

  const name = `crew-${language}`;
  const group = `groups: [{ name: ${name}, title: Crew }]`;
  const role = `roles: [{ name: look-${language}, title: Looks, actions: [view] }]`;
  await fill(document(`${group}\n${role}\n`));
  await expect(page.getByTestId('structure-steps')).toContainText(`make the group ${name}`);
  await admin.picture(language, '31-structure-steps');
  await page.getByTestId('import-structure').click();
  await expect(page.getByTestId('structure-done')).toBeVisible();
  await admin.picture(language, '32-structure-done');
  await page.goto('/groups');
  await expect(page.getByText(name, { exact: true }).first()).toBeVisible();
  await admin.speak('en');
}
