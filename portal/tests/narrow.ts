// The pages in a window as narrow as a telephone's: nothing is cut off or reached sideways only.

import { expect } from '@playwright/test';

import type { Reader } from './reader';

/** Opens each page; `arrange` brings it into the state that is looked at. */
export async function narrow(
  reader: Reader,
  pages: readonly (readonly [path: string, picture: string])[],
  arrange: (path: string) => Promise<void>,
) {
  const { page } = reader;
  await reader.speak('en');
  await page.setViewportSize({ width: 480, height: 860 });
  for (const [path, picture] of pages) {
    await page.goto(path);
    await expect(page.getByTestId('page-title')).toBeVisible();
    await arrange(path);
    await reader.picture('en', picture);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(wide, `${path} is wider than the window`).toBe(false);
  }
}
