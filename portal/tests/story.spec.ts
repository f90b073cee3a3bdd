// Drives the portal as its users do, against a running plane with a real agent and a real Redis, in
// both languages. Waits for conditions only. See tests/README.md for how to run it.

import { expect, test } from '@playwright/test';

import { isSame, sum } from '../src/ui/decimal';
import { audited } from './audit';
import { approved, budgeted, composed, limited, removed } from './governance';
import { demanded, Reader, type Language } from './reader';
import { choose, findOnBills, LONG, openGroupOf, stateIs, succeeded, worked } from './steps';
import { lifeOfTenant } from './tenant';

/** New at each run, so that what an earlier run left does not stand in the way. */
const stamp = Date.now().toString(36);
const nameIn = (language: Language) => `story-${language}-${stamp}`;

test.describe.configure({ mode: 'serial' });

let developer: Reader;
let head: Reader;
let operator: Reader;
let auditor: Reader;
const addresses: Partial<Record<Language, string>> = {};

test.beforeAll(async ({ browser }) => {
  const links = [demanded('CELLPLANE_LINK_DEVELOPER'), demanded('CELLPLANE_LINK_HEAD')];
  developer = await Reader.open(browser, 'developer');
  head = await Reader.open(browser, 'head');
  operator = await Reader.open(browser, 'operator');
  auditor = await Reader.open(browser, 'auditor');
  for (const language of ['zh', 'en'] as const) {
    await developer.page.goto(links[0] ?? '');
    await developer.page.getByTestId(`language-${language}`).click();
    await developer.picture(language, '01-sign-in');
  }
  await developer.signIn(links[0] ?? '');
  await head.signIn(links[1] ?? '');
  await operator.signIn(demanded('CELLPLANE_LINK_OPERATOR'));
  await auditor.signIn(demanded('CELLPLANE_LINK_AUDITOR'));
});

test.afterAll(() => {
  const all = [developer, head, operator, auditor].flatMap((reader) => reader.complaints);
  expect(all).toEqual([]);
});

test('a link that was used does not sign in again, and the page says so', async ({ browser }) => {
  const stranger = await Reader.open(browser, 'stranger');
  await stranger.page.goto(demanded('CELLPLANE_LINK_DEVELOPER'));
  await stranger.page.getByTestId('sign-in').click();
  await expect(stranger.page.getByTestId('sign-in-used')).toBeVisible();
  await stranger.page.goto('/');
  await expect(stranger.page.getByTestId('sign-in-no-code')).toBeVisible();
  await stranger.picture('en', '01-no-session');
  expect(stranger.complaints).toEqual([]);
  await stranger.page.context().close();
});

for (const language of ['en', 'zh'] as const) {
  test.describe(`in ${language}`, () => {
    const name = nameIn(language);

    test('the developer finds the offering in the catalogue', async () => {
      const { page } = developer;
      await developer.speak(language);
      await page.getByTestId('nav-catalogue').click();
      await expect(page.getByTestId('offering-redis')).toBeVisible();
      await developer.picture(language, '02-catalogue');
      await page.getByTestId('offering-redis').click();
      await expect(page.getByTestId('plans')).toBeVisible();
      await expect(page.getByTestId('description')).not.toBeEmpty();
      await developer.picture(language, '03-offering');
    });

    test('the order form shows what is wrong at its field', async () => {
      const { page } = developer;
      await page.getByTestId('order').click();
      const field = page.getByTestId('field-name');
      await page.getByTestId('preview-order').click();
      await expect(field.getByTestId('field-error')).toBeVisible();
      await page.getByTestId('name').fill('Not A Name');
      await expect(field.getByTestId('field-error')).toBeVisible();

      const memory = page.getByTestId('field-maxmemory');
      await page.getByTestId('parameter-maxmemory').fill('900gb');
      await expect(memory.getByTestId('field-error')).toBeVisible();
      await page.getByTestId('preview-order').click();
      await expect(page.getByTestId('preview')).toHaveCount(0);
      await developer.picture(language, '04-order-errors');

      await page.getByTestId('name').fill(name);
      await page.getByTestId('parameter-maxmemory').fill('64mb');
      await expect(page.getByTestId('field-error')).toHaveCount(
        (await page.getByTestId('field-project').getByTestId('field-error').count()) > 0 ? 1 : 0,
      );
    });

    test('the preview tells members, price and licence before anything is made', async () => {
      const { page } = developer;
      if (await page.getByTestId('project').locator('.ant-select-placeholder').isVisible()) {
        await choose(page, 'project', /./);
      }
      await page.getByTestId('topology').locator('input[value="primary-replica"]').check();
      await page.getByTestId('preview-order').click();
      await expect(page.getByTestId('preview')).toBeVisible();
      await expect(page.getByTestId('preview-members').locator('li')).toHaveCount(2);
      expect(await developer.exact('preview-per-hour')).toMatch(/^\d+(\.\d+)?$/);
      expect(await developer.exact('preview-per-month')).toMatch(/^\d+(\.\d+)?$/);
      await expect(page.getByTestId('preview-licence')).toBeVisible();
      await developer.picture(language, '05-preview');
    });

    test('the order runs step by step, with its log, also over a broken connection', async () => {
      const { page } = developer;
      await page.getByTestId('place-order').click();
      await expect(page).toHaveURL(/\/operations\/op_/);
      await expect(page.getByTestId('log-line').first()).toBeVisible(LONG);
      await developer.picture(language, '06-operation-runs');
      await developer.cut();
      await succeeded(page);
      const numbers = await page.getByTestId('log-line').locator('.log-number').allTextContents();
      expect(numbers).toEqual(numbers.map((_, index) => String(index + 1)));
      await expect(page.getByTestId('step').first()).toBeVisible();
      await developer.picture(language, '07-operation-done');
      await developer.isRefusedForAMoment();
    });

    test('the instance shows its members, and its password after a warning', async () => {
      const { page } = developer;
      await page.getByTestId('to-instance').click();
      await expect(page).toHaveURL(/\/instances\/ins_/);
      addresses[language] = page.url();
      await stateIs(page, 'RUNNING');
      for (const [index, role] of ['primary', 'replica'].entries()) {
        const row = page.getByTestId(`member-${name}-${String(index)}`);
        await expect(row.getByTestId('member-role')).toHaveAttribute('data-role', role, LONG);
        await expect(row.getByTestId('member-endpoint')).toHaveText(/:\d+$/);
      }
      await page.getByTestId('reveal').click();
      await expect(page.getByTestId('confirm-reveal')).toBeVisible();
      await developer.picture(language, '08-reveal');
      await page.getByTestId('confirm-reveal').click();
      await expect(page.getByTestId('secret-password')).toHaveText(/\S{16,}/);
      await page.getByTestId('hide-secret').click();
      await expect(page.getByTestId('secret-password')).toHaveCount(0);
      await developer.picture(language, '09-instance');
    });

    test('a hot parameter is changed without a restart', async () => {
      const { page } = developer;
      await page.getByTestId('tab-configuration').click();
      await page.getByTestId('edit-configuration').click();
      await page.getByTestId('parameter-maxmemory-samples').fill('999');
      await expect(
        page.getByTestId('field-maxmemory-samples').getByTestId('field-error'),
      ).toBeVisible();
      await page.getByTestId('parameter-maxmemory-samples').fill('7');
      await page.getByTestId('review-change').click();
      await expect(page.getByTestId('change-effect')).toHaveAttribute('data-apply', 'HOT');
      await developer.picture(language, '10-change-hot');
      await worked(page, () => page.getByTestId('apply-change').click());
      await expect(page.getByTestId('value-maxmemory-samples')).toHaveText('7');
      await stateIs(page, 'RUNNING');
    });

    test('a cold one announces the rolling restart before it is applied', async () => {
      const { page } = developer;
      await page.getByTestId('edit-configuration').click();
      await openGroupOf(page, 'rdbchecksum');
      await choose(page, 'parameter-rdbchecksum', /^(No|否)$/);
      await page.getByTestId('review-change').click();
      await expect(page.getByTestId('change-effect')).toHaveAttribute('data-apply', 'RESTART');
      await expect(page.getByTestId('restart-order').locator('li')).toHaveCount(2);
      await developer.picture(language, '11-change-restart');
      await worked(page, () => page.getByTestId('apply-change').click());
      await expect(page.getByTestId('configuration-number')).toHaveAttribute('data-number', '3');
      await stateIs(page, 'RUNNING');
      await page.getByTestId('tab-history').click();
      await expect(
        page.getByTestId('configuration-3').getByTestId('change-rdbchecksum'),
      ).toBeVisible();
      await expect(
        page.getByTestId('configuration-2').getByTestId('change-maxmemory-samples'),
      ).toBeVisible();
      await developer.picture(language, '12-history');
    });

    test('an earlier configuration comes back as a new one, with its reason', async () => {
      const { page } = developer;
      await page.getByTestId('restore-2').click();
      await expect(page.getByTestId('change-effect')).toHaveAttribute('data-apply', 'RESTART');
      await expect(page.getByTestId('restart-order').locator('li')).toHaveCount(2);
      await page.getByTestId('reason').fill('story: back to two');
      await worked(page, () => page.getByTestId('apply-change').click());
      const fourth = page.getByTestId('configuration-4');
      await expect(fourth.getByTestId('history-reason')).toHaveText('story: back to two');
      await expect(fourth.getByTestId('in-force')).toBeVisible();
      await stateIs(page, 'RUNNING');
      await developer.picture(language, '12-restored');
      await page.getByTestId('tab-configuration').click();
      await page.getByTestId('compare-durability').click();
      await expect(page.getByTestId('compared-appendfsync')).toBeVisible();
      await developer.picture(language, '12-compared');
      await page.goBack();
    });

    test('usage and cost say what they are complete to', async () => {
      const { page } = developer;
      await page.getByTestId('tab-usage').click();
      await expect(page.getByTestId('cost-complete-to')).not.toHaveAttribute('data-at', '', LONG);
      await expect(page.getByTestId('cost-lines')).toBeVisible(LONG);
      expect(await developer.exact('cost-amount')).toMatch(/^\d+(\.\d+)?$/);
      await developer.picture(language, '13-cost');
    });

    test('it is stopped and started again', async () => {
      const { page } = developer;
      await page.getByTestId('stop').click();
      await worked(page, () => page.getByTestId('confirm-stop').click());
      await stateIs(page, 'STOPPED');
      await page.getByTestId('tab-operations').click();
      await expect(page.getByTestId('operations')).toBeVisible();
      await developer.picture(language, '14-stopped');
      await worked(page, () => page.getByTestId('start').click());
      await stateIs(page, 'RUNNING');
    });

    test('the list shows it with its state, and the command line is offered', async () => {
      const { page } = developer;
      await page.getByTestId('nav-instances').click();
      const row = page.getByTestId(`instance-${name}`);
      await expect(row.getByTestId('state')).toHaveAttribute('data-state', 'RUNNING');
      await page.getByTestId(`choose-${name}`).check();
      await page.getByTestId('batch-stop').click();
      await expect(page.getByTestId(`batch-${name}`)).toBeVisible();
      await developer.picture(language, '15-many');
      await page.keyboard.press('Escape');
      await page.getByTestId(`choose-${name}`).uncheck();
      await expect(page.getByTestId('chosen')).toHaveCount(0);
      await developer.picture(language, '15-instances');
      await page.getByTestId('account').click();
      await page.getByTestId('command-line').click();
      await page.getByTestId('make-code').click();
      await expect(page.getByTestId('command-line-text')).toHaveText(/cellplane sign-in '.+#.+'/);
      await page.keyboard.press('Escape');
      await expect(page.getByTestId('command-line-text')).toBeHidden();
    });

    test('the head of the organization adds the bill up, down to the resource', async () => {
      const { page } = head;
      await head.speak(language);
      await page.getByTestId('nav-bills').click();
      await expect(page.locator('[data-testid^="organization-"]').first()).toBeVisible();
      await head.picture(language, '16-bills');
      await expect(async () => {
        expect(await findOnBills(page, name)).toBe(true);
      }).toPass(LONG);
      await head.picture(language, '17-bill');

      const lines = await page
        .getByTestId('bill-lines')
        .locator('tbody tr td:last-child .amount')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-exact') ?? ''));
      const own = await head.exact('bill-own-total');
      const below = await head.exact('bill-children-total');
      expect(isSame(sum([...lines, await head.exact('bill-rounding')]), own)).toBe(true);
      expect(isSame(sum([own, below]), await head.exact('bill-subtree-total'))).toBe(true);
      await expect(page.getByTestId('bill-state')).toHaveAttribute('data-state', 'PROVISIONAL');
    });

    test('revealing the password stands in the audit, for who may read it', async () => {
      const instance = new URL(addresses[language] ?? '').pathname.split('/').at(-1) ?? '';
      await audited(auditor, language, { action: 'revealSecret', by: 'dev', of: instance });
      // Who may not read it has no way there, and is refused on the direct one.
      await expect(head.page.getByTestId('nav-audit')).toHaveCount(0);
      await head.page.goto('/audit');
      await expect(head.page.getByTestId('problem')).toHaveAttribute(
        'data-code',
        /FORBIDDEN|NOT_FOUND/,
      );
    });

    test('the operator sees how the cells are and what operations wait for', async () => {
      const { page } = operator;
      await operator.speak(language);
      await page.getByTestId('nav-cells').click();
      const cells = page.getByTestId('cells');
      await expect(cells).toContainText('demo');
      await expect(cells.locator('tbody tr').first()).toContainText(/\d{2}:\d{2}:\d{2}/);
      await expect(page.getByTestId('cell-facts-demo')).toContainText('0.1.0');
      await expect(page.getByTestId('offline')).toHaveCount(0);
      await operator.picture(language, '20-cells');
    });

    test('the operator makes, suspends, resumes and closes a tenant', async () => {
      await lifeOfTenant(operator, language, `tenant-${language}-${stamp}`);
    });

    test('the register tells what runs where, now and then, and can be saved', async () => {
      const { page } = head;
      await page.getByTestId('nav-assets').click();
      await expect(page.getByTestId(`asset-${name}-0`)).toBeVisible();
      await expect(page.getByTestId('asset-counts')).toContainText('redis');
      await head.picture(language, '21-assets');
      const download = page.waitForEvent('download');
      await page.getByTestId('export-assets').click();
      expect((await download).suggestedFilename()).toMatch(/^assets-.*\.csv$/);
      await page.getByTestId('assets-at').fill('2001-01-01T00:00');
      await expect(page.getByTestId('empty')).toBeVisible();
      await head.picture(language, '22-assets-empty');
    });

    test('an application holds it with what it needs, and is called otherwise', async () => {
      await composed(head, language, name);
    });

    test('an order beyond a limit or a budget is refused, and its place is named', async () => {
      await limited(head, developer, language, `${name}-more`);
      await budgeted(head, developer, language, `${name}-more`);
    });

    test('an order waits until a second person approves it, and runs then', async () => {
      await approved(head, developer, language, `${name}-more`);
      await removed(developer, `${name}-more`);
    });

    test('it is deleted by typing its name', async () => {
      const { page } = developer;
      await page.goto(addresses[language] ?? '');
      await page.getByTestId('delete').click();
      await page.getByTestId('delete-name').fill(`${name}x`);
      await expect(page.getByTestId('confirm-delete')).toBeDisabled();
      await page.getByTestId('delete-name').fill(name);
      await developer.picture(language, '19-delete');
      await page.getByTestId('confirm-delete').click();
      await expect(page).toHaveURL(/\/operations\/op_/);
      await succeeded(page);
    });
  });
}

test('an nginx with rows of upstreams, of which a wrong one is told, serves its page', async () => {
  const { page } = developer;
  const name = `site-${stamp}`;
  await developer.speak('en');
  await page.getByTestId('nav-catalogue').click();
  await page.getByTestId('offering-nginx').click();
  await page.getByTestId('order').click();
  await page.getByTestId('name').fill(name);
  if (await page.getByTestId('project').locator('.ant-select-placeholder').isVisible()) {
    await choose(page, 'project', /./);
  }
  await openGroupOf(page, 'upstreams');
  const upstreams = page.getByTestId('field-upstreams');
  await page.getByTestId('add-row-upstreams').click();
  await page.getByTestId('cell-0-host').fill('app.example.org');
  await page.getByTestId('cell-0-port').fill('70000');
  await page.getByTestId('preview-order').click();
  await expect(upstreams.getByTestId('field-error')).toBeVisible();
  await developer.picture('en', '23-nginx-row');
  await upstreams.getByTestId('remove-row-0').click();
  await openGroupOf(page, 'page-title');
  await page.getByTestId('parameter-page-title').fill('Ordered in a browser');
  await page.getByTestId('preview-order').click();
  await expect(page.getByTestId('preview-members').locator('li')).toHaveCount(1);
  await page.getByTestId('place-order').click();
  await succeeded(page);
  await page.getByTestId('to-instance').click();
  await stateIs(page, 'RUNNING');
  const instance = page.url();
  const endpoint = await page.getByTestId('member-endpoint').innerText();
  await developer.picture('en', '24-nginx');

  const site = await page.context().newPage();
  await site.goto(`http://${endpoint.trim()}/`);
  await expect(site.locator('h1')).toHaveText('Ordered in a browser');
  await site.close();

  await page.goto(instance);
  await page.getByTestId('delete').click();
  await page.getByTestId('delete-name').fill(name);
  await page.getByTestId('confirm-delete').click();
  await succeeded(page);
});

test('what is not there and what is not mine look the same', async () => {
  const { page } = developer;
  await page.goto(`/instances/ins_${'0'.repeat(26)}`);
  await expect(page.getByTestId('problem')).toHaveAttribute('data-code', 'NOT_FOUND');
});

test('after signing out nothing is shown any more', async () => {
  const { page } = developer;
  await page.getByTestId('account').click();
  await page.getByTestId('sign-out').click();
  await expect(page.getByTestId('sign-in-no-code')).toBeVisible();
  await page.goto(addresses.en ?? '/');
  await expect(page.getByTestId('sign-in-no-code')).toBeVisible();
});
