// Moves that are entered for an instant to come.

import { expect, type Page } from '@playwright/test';

import type { Language, Reader } from './reader';
import { only } from './steps';

const DAY_MS = 86_400_000;

/** What the browser's field takes for some days from now. */
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 16);

/** Opens the dialog of what is shown, and chooses where it goes. */
async function toSales(page: Page): Promise<void> {
  await page.getByTestId('move-place').click();
  await page.getByTestId('move-to-search').fill('sales');
  await only(page, 'move-to');
}

/** A move is planned, stands at what moves and where it goes, and is called off. */
export async function planned(
  admin: Reader,
  language: Language,
  open: (name: string) => Promise<void>,
) {
  const { page } = admin;
  await admin.speak(language);
  await open('platform');
  await toSales(page);
  await page.getByTestId('move-at').fill(inDays(-2));
  await page.getByTestId('confirm-move').click();
  await expect(page.getByTestId('field-error')).toBeVisible();
  await admin.picture(language, '30-move-too-late');
  await page.getByTestId('move-at').fill(inDays(30));
  await expect(page.getByTestId('field-error')).toHaveCount(0);
  await expect(page.getByTestId('move-instant')).toBeVisible();
  await admin.picture(language, '31-plan-move');
  await page.getByTestId('confirm-move').click();
  await expect(page.getByTestId('move-places')).toHaveCount(0);
  const moves = page.getByTestId('planned-moves');

  await open('platform');
  const move = moves.getByTestId('planned-move').filter({ has: page.getByTestId('cancel-move') });
  await expect(move).toHaveCount(1);
  await expect(move).toContainText('Sales');
  await admin.picture(language, '32-planned');
  await open('sales');
  await expect(move).toHaveCount(1);
  await page.getByTestId('cancel-move').click();
  await expect(page.getByTestId('confirm-cancel-move')).toBeVisible();
  await admin.picture(language, '33-call-off');
  await page.getByTestId('confirm-cancel-move').click();
  await expect(page.getByTestId('cancel-move')).toHaveCount(0);
  await expect(moves).toBeVisible();
  await admin.picture(language, '34-called-off');
}
