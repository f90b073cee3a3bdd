// Sessions of others: as who manages access meets them, and as operators open them.

import { expect, type Browser } from '@playwright/test';

import { Reader, type Language } from './reader';

/** On the page of a person who is signed in nowhere: they sign in, and are signed out from here. */
export async function endedByAnother(browser: Browser, admin: Reader, name: string) {
  const { page } = admin;
  await expect(page.getByTestId('no-sessions')).toBeVisible();
  await page.getByTestId('code-user').click();
  await page.getByTestId('confirm-code').click();
  const shown = page.getByTestId('user-code');
  await expect(shown).toContainText('/sign-in#');
  const link = /\S+\/sign-in#\S+/.exec(await shown.innerText())?.[0] ?? '';
  await page.keyboard.press('Escape');
  const person = await Reader.open(browser, name);
  await person.signIn(link);
  await page.reload();
  await expect(page.getByTestId('subject-sessions').getByTestId('end-session')).toHaveCount(1);
  await admin.pictures('17-sessions-of-others');
  for (const language of ['zh', 'en'] as const) {
    await admin.speak(language);
    await page.getByTestId('end-session').click();
    await expect(page.getByTestId('confirm-end-session')).toBeVisible();
    await admin.picture(language, '18-end-session');
    await page.keyboard.press('Escape');
  }
  await expect(page.getByTestId('end-session')).toHaveCount(1);
  await page.getByTestId('end-session').click();
  await page.getByTestId('confirm-end-session').click();
  await expect(page.getByTestId('no-sessions')).toBeVisible();
  await person.page.goto('/');
  await expect(person.page.getByTestId('sign-in-no-code')).toBeVisible();
  expect(person.complaints).toEqual([]);
  await person.page.context().close();
}

/** An operator acts as a person of a tenant, who is shown it, and ends it by the banner. */
export async function actedAs(browser: Browser, operator: Reader, language: Language) {
  const { page } = operator;
  await operator.speak(language);
  await page.getByTestId('nav-tenants').click();
  await page.getByTestId('act-as-acme').click();
  await page.getByTestId('act-as-user').fill('nobody');
  await page.getByTestId('act-as-reason').fill('ticket 7');
  await page.getByTestId('confirm-act-as').click();
  await expect(page.getByTestId('problem')).toHaveAttribute('data-code', 'NOT_FOUND');
  await page.getByTestId('act-as-user').fill('viewer');
  await operator.picture(language, '31-act-as');
  await page.getByTestId('confirm-act-as').click();
  const shown = page.getByTestId('act-as-link');
  await expect(shown).toContainText('/sign-in#cpc_');
  await operator.picture(language, '32-act-as-link');
  const link = (await shown.innerText()).trim();
  await page.keyboard.press('Escape');

  const acting = await Reader.open(browser, 'acting');
  await acting.signIn(link);
  await acting.speak(language);
  await expect(acting.page.getByTestId('impersonated')).toBeVisible();
  // Who may not order is not sent to the catalogue.
  await expect(acting.page.getByTestId('empty')).toBeVisible();
  await expect(acting.page.getByTestId('to-catalogue')).toHaveCount(0);
  await acting.picture(language, '01-acting');
  await acting.page.getByTestId('end-impersonation').click();
  await expect(acting.page.getByTestId('sign-in-no-code')).toBeVisible();
  await acting.page.goto('/');
  await expect(acting.page.getByTestId('sign-in-no-code')).toBeVisible();
  expect(acting.complaints).toEqual([]);
  await acting.page.context().close();
}
