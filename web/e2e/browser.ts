import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { Server } from '../../sdk/typescript/test/server.js';

export const PASSWORD = 'correct horse battery';
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** This machine by a name to which browsers grant less than to localhost: as another one in the house, over plain HTTP. */
export const LAN_NAME = 'parley.test';

let browser: Browser | undefined;

/** Debian's Chromium, one for all tests of a file. */
export async function startBrowser(): Promise<Browser> {
  browser ??= await chromium.launch({
    executablePath: process.env['PARLEY_CHROMIUM'] ?? '/usr/bin/chromium',
    // As root, in a container, there is no other way.
    args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=MAP ${LAN_NAME} 127.0.0.1`],
  });
  return browser;
}

export async function stopBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

export interface PersonOptions {
  viewport?: { width: number; height: number };
  theme?: 'light' | 'dark';
  locale?: string;
  touch?: boolean;
}

/** Someone with a browser of their own. What the page reports as an error fails the test that asks. */
export class Person {
  readonly errors: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly server: Server,
  ) {
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // A server that is down, a login that is refused: the browser itself says so.
      if (/Failed to load resource|WebSocket connection|ERR_/.test(message.text())) return;
      this.errors.push(message.text());
    });
  }

  static async open(server: Server, options: PersonOptions = {}): Promise<Person> {
    const context = await (
      await startBrowser()
    ).newContext({
      viewport: options.viewport ?? DESKTOP,
      colorScheme: options.theme ?? 'light',
      reducedMotion: 'reduce',
      locale: options.locale ?? 'en-GB',
      hasTouch: options.touch ?? false,
      isMobile: options.touch ?? false,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const person = new Person(context, page, server);
    await page.goto(server.url);
    return person;
  }

  async register(username: string, name = ''): Promise<void> {
    const { page } = this;
    await page.getByLabel('Username', { exact: true }).fill(username);
    await page.getByLabel('Your name').fill(name);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('button', { name: 'New chat' }).first().waitFor();
  }

  /** On another device of someone who is registered. */
  async logIn(username: string): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'I already have an account' }).click();
    await page.getByLabel('Username, e-mail or phone').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'New chat' }).first().waitFor();
  }

  /** The link that lets others write to this person. */
  async link(): Promise<string> {
    const { page } = this;
    await page.getByRole('button', { name: 'New chat' }).first().click();
    const link = await page.getByLabel('Your link').inputValue();
    await page.getByRole('button', { name: 'Back' }).click();
    return link;
  }

  /** Pastes a friend's link and opens the conversation. */
  async openChat(link: string, name: string): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'New chat' }).first().click();
    await page.getByLabel('Name or link of a friend').fill(link);
    await page.getByRole('main').getByRole('button', { name }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
  }

  async say(text: string): Promise<void> {
    const box = this.page.getByRole('textbox', { name: 'Message' });
    await box.fill(text);
    await box.press('Enter');
  }

  /** The bubble with this text. */
  bubble(text: string): ReturnType<Page['locator']> {
    return this.page.locator('.bubble', { hasText: text });
  }

  /** The newest message: a conversation opens at its end, or where the news begin. */
  async seesNewest(text: string): Promise<void> {
    const button = this.page.getByRole('button', { name: 'To the newest message' });
    const bubble = this.bubble(text).last();
    await bubble.or(button).first().waitFor();
    // The button goes when the end comes into view meanwhile; then the bubble is there.
    if (!(await bubble.isVisible())) await button.click({ timeout: 2_000 }).catch(() => undefined);
    await this.sees(text);
  }

  async sees(text: string, timeout = 10_000): Promise<void> {
    await this.bubble(text).last().waitFor({ timeout });
  }

  /** Waits until the own message with this text has this tick. */
  async hasTick(text: string, tick: string): Promise<void> {
    await this.bubble(text).last().locator(`[data-tick=${tick}]`).waitFor();
  }

  /** Makes a group with people whom this one has talked with. */
  async makeGroup(name: string, members: string[]): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'New chat' }).first().click();
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name of the group').fill(name);
    for (const one of members) await page.getByRole('main').getByRole('button', { name: one }).click();
    await page.getByRole('button', { name: 'Create group' }).click();
    await page.getByText(`${members.length + 1} members`).waitFor();
  }

  /** This person's entry of the list. */
  row(title: string): ReturnType<Page['locator']> {
    return this.page.getByRole('navigation').getByRole('link', { name: title });
  }

  async open(title: string): Promise<void> {
    await this.row(title).click();
    await this.page.getByRole('heading', { name: title }).waitFor();
  }

  /** Of the menu of a row in the list. */
  async chooseForRow(title: string, item: string): Promise<void> {
    await this.row(title).click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** Of the menu of a message. */
  async chooseFor(text: string, item: string): Promise<void> {
    await this.bubble(text).last().click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** Says yes in the dialog that asks. */
  async confirm(action: string): Promise<void> {
    await this.page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
