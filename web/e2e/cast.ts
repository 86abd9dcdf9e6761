import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { DESKTOP, Person, PHONE, stopBrowser, type PersonOptions } from './browser.js';

export const LOOKS = [
  ['desktop, light', { viewport: DESKTOP, theme: 'light' }],
  ['phone, dark', { viewport: PHONE, theme: 'dark' }],
] as const;

/** One server for the tests of a file, `settings` beyond the defaults; it ends with the browser. */
export function hosted(take: (server: Server) => void, settings = ''): void {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await Server.start(settings);
    take(server);
  });
  afterAll(async () => {
    await stopBrowser();
    await server?.close();
  });
}

/** The people of a file's tests: closed after each, and none of their pages may have reported an error. */
export class Cast {
  readonly #people: Person[] = [];
  #count = 0;

  constructor() {
    afterEach(() => this.leave());
  }

  /** Everybody closes their browser. */
  async leave(): Promise<void> {
    const errors = this.#people.flatMap((one) => one.errors);
    for (const one of this.#people.splice(0)) await one.close();
    expect(errors).toEqual([]);
  }

  /** Somebody who is not logged in. */
  async stranger(server: Server, options: PersonOptions = {}): Promise<Person> {
    const someone = await Person.open(server, options);
    this.#people.push(someone);
    return someone;
  }

  /** Somebody who has registered; their username is in lower case, with a number. */
  async person(
    server: Server,
    name: string,
    options: PersonOptions = {},
  ): Promise<Person & { username: string }> {
    const someone = await this.stranger(server, options);
    this.#count += 1;
    const username = `${name.toLowerCase()}-${this.#count}`;
    await someone.register(username, name);
    return Object.assign(someone, { username });
  }
}

export async function goTo({ page, server }: Person, hash: string): Promise<void> {
  await page.goto(`${server.url}/${hash}`);
}

/** Waits until the server has the own message with this text. */
export async function isSent(someone: Person, text: string): Promise<void> {
  const ticks = ['sent', 'delivered', 'read'].map((tick) => `[data-tick=${tick}]`).join(', ');
  await someone.bubble(text).last().locator(ticks).waitFor();
}

/** A picture to look at, where PARLEY_SCREENSHOTS names a folder. */
export async function shot({ page }: Person, name: string): Promise<void> {
  const folder = process.env['PARLEY_SCREENSHOTS'];
  if (!folder) return;
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${folder}/${name}.png` });
}
