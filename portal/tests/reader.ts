// How the story sees the portal: signs in with a real link, chooses a language, keeps pictures, and
// notes everything that the browser complains about.

import { expect, type Browser, type Page, type WebSocketRoute } from '@playwright/test';

export type Language = 'en' | 'zh';

const PICTURES = new URL('../test-results/pictures/', import.meta.url).pathname;

/** A variable that the story cannot do without; it fails, and is never skipped. */
export function demanded(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(
      `${name} is not set. The story needs a running plane: CELLPLANE_ADDRESS and the one-time ` +
        'links CELLPLANE_LINK_DEVELOPER, _HEAD, _OPERATOR and _AUDITOR.',
    );
  }
  return value;
}

export class Reader {
  private constructor(
    readonly page: Page,
    private readonly who: string,
    readonly complaints: string[],
    /** The connections over which live answers come, and what was asked over them. */
    private readonly asked: Map<WebSocketRoute, string[]>,
  ) {}

  static async open(browser: Browser, who: string): Promise<Reader> {
    const context = await browser.newContext({
      baseURL: demanded('CELLPLANE_ADDRESS'),
      locale: 'en-GB',
      timezoneId: 'Asia/Shanghai',
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) complaints.push(message.text());
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const isOurs = origin === new URL(demanded('CELLPLANE_ADDRESS')).origin;
      if (!isOurs && protocol.startsWith('http')) complaints.push(`foreign: ${request.url()}`);
    });
    const asked = new Map<WebSocketRoute, string[]>();
    await page.routeWebSocket(/\/graphql\/ws$/, (socket) => {
      const plane = socket.connectToServer();
      const ids: string[] = [];
      socket.onMessage((message) => {
        const { type, id } = JSON.parse(message.toString()) as { type: string; id?: string };
        if (type === 'subscribe' && id) ids.push(id);
        plane.send(message);
      });
      asked.set(socket, ids);
    });
    return new Reader(page, who, complaints, asked);
  }

  async signIn(link: string): Promise<void> {
    await this.page.goto(link);
    await this.page.getByTestId('sign-in').click();
    await expect(this.page.getByTestId('account')).toBeVisible();
  }

  /** Breaks the connections over which live answers come, as a bad network does. */
  async cut(): Promise<void> {
    expect(this.asked.size).toBeGreaterThan(0);
    for (const socket of this.asked.keys()) await socket.close({ code: 4000 });
    this.asked.clear();
  }

  /** What is followed is refused, as by a plane that cannot reach its database for a moment; the page
   * says so until it is followed again, over the same connection. */
  async isRefusedForAMoment(): Promise<void> {
    const offline = this.page.getByTestId('offline');
    await expect(offline).toHaveCount(0);
    const payload = [{ message: 'try again', extensions: { code: 'UNAVAILABLE' } }];
    const ids = [...this.asked].flatMap(([socket, ids]) => ids.map((id) => [socket, id] as const));
    const connections = this.asked.size;
    expect(ids.length).toBeGreaterThan(0);
    for (const [socket, id] of ids) socket.send(JSON.stringify({ type: 'error', id, payload }));
    await expect(offline).toBeVisible();
    await expect(offline).toHaveCount(0);
    expect(this.asked.size).toBe(connections);
  }

  /** Through the menu below the user's name, as a person does. */
  async speak(language: Language): Promise<void> {
    await this.page.getByTestId('account').click();
    await this.page.getByTestId(`language-${language}`).click();
    await expect(this.page.locator('html')).toHaveAttribute(
      'lang',
      language === 'zh' ? 'zh-CN' : 'en',
    );
  }

  async picture(language: Language, name: string): Promise<void> {
    await expect(this.page.getByTestId('loading')).toHaveCount(0);
    const path = `${PICTURES}${language}-${this.who}-${name}.png`;
    // A dialog covers the window, not the whole page.
    const fullPage = (await this.page.getByRole('dialog').count()) === 0;
    await this.page.screenshot({ path, fullPage, animations: 'disabled' });
  }

  /** One in both languages, and English from then on. */
  async pictures(name: string): Promise<void> {
    for (const language of ['zh', 'en'] as const) {
      await this.speak(language);
      await this.picture(language, name);
    }
  }

  /** The exact number that stands in an element, without its separators. */
  async exact(testid: string): Promise<string> {
    const text = await this.page.getByTestId(testid).first().getAttribute('data-exact');
    if (text === null) throw new Error(`${testid} holds no exact number`);
    return text;
  }
}
