import { describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { findings } from './axe.js';
import { DESKTOP, LAN_NAME, PASSWORD, PHONE, type Person } from './browser.js';
import { Cast, hosted, shot } from './cast.js';

// The first two minutes of somebody who has never seen it: what they do is found by what the page says, and is in sight
// without scrolling. A person takes time to look and to type; it is added to what the pages take.
const LOOK_MS = 3_000;
const KEY_MS = 300;
const TWO_MINUTES_MS = 120_000;

const cast = new Cast();
let server: Server;

hosted((one) => (server = one));

class Newcomer {
  #spent = 0;
  readonly #started = Date.now();

  constructor(readonly person: Person) {}

  get spentMs(): number {
    return this.#spent + Date.now() - this.#started;
  }

  async press(name: string | RegExp): Promise<void> {
    const { page } = this.person;
    const named = { name, exact: true };
    const one = page.getByRole('button', named).or(page.getByRole('link', named));
    const visible = one.filter({ visible: true }).first();
    await this.#look(visible);
    await visible.click();
  }

  /** Where the cursor is already: what the page wants first. */
  async type(label: string, text: string): Promise<void> {
    const field = this.person.page.getByLabel(label, { exact: true });
    await this.#look(field);
    this.#spent += text.length * KEY_MS;
    await field.fill(text);
  }

  async send(text: string): Promise<void> {
    await this.type('Message', text);
    await this.press('Send');
  }

  async #look(at: ReturnType<Person['bubble']>): Promise<void> {
    this.#spent += LOOK_MS;
    await at.waitFor();
    const box = await at.boundingBox();
    const size = this.person.page.viewportSize();
    if (!box || !size || box.y < 0 || box.y + box.height > size.height || box.x + box.width > size.width)
      throw new Error(`out of sight: ${String(at)}`);
  }
}

describe.each([
  ['desktop', { viewport: DESKTOP, touch: false }],
  ['phone', { viewport: PHONE, touch: true }],
] as const)('%s', (look, { viewport, touch }) => {
  test('registers, finds a friend, chats, makes a group of three and chats there: in two minutes', async () => {
    const bob = await cast.person(server, `Bob-${look}`);
    const eve = await cast.person(server, `Eve-${look}`);
    const person = await cast.stranger(server, { viewport, touch });
    const ada = new Newcomer(person);

    await ada.type('Username', `ada-${look}`);
    await ada.type('Your name', 'Ada');
    await ada.type('Password', PASSWORD);
    await ada.press('Create account');

    // The friend has told how they are called here.
    await ada.press('New chat');
    await ada.type('Name or link of a friend', bob.username);
    await ada.press(new RegExp(`@${bob.username}`));
    await ada.send('Hello, Bob!');
    await bob.row('Ada').click();
    await bob.sees('Hello, Bob!');
    await bob.say('Hello, Ada!');
    await person.sees('Hello, Ada!');
    await shot(person, `first-${look}-chat`);

    if (look === 'phone') await ada.press('Back');
    await ada.press('New chat');
    await ada.press('New group');
    await ada.type('Name of the group', 'Three of us');
    await ada.press(new RegExp(`@${bob.username}`));
    // Nobody she has talked with.
    await ada.type('Name of a person', eve.username);
    await ada.press(new RegExp(`@${eve.username}`));
    expect(await findings(person)).toEqual([]);
    await shot(person, `first-${look}-group`);
    await ada.press('Create group');
    await ada.send('Lunch at one?');
    for (const one of [bob, eve]) {
      await one.row('Three of us').click();
      await one.sees('Lunch at one?');
    }
    await eve.say('Yes!');
    await person.sees('Yes!');

    console.log(`${look}: ${Math.round(ada.spentMs / 1000)} s`);
    expect(ada.spentMs).toBeLessThan(TWO_MINUTES_MS);
  });

  test('a friend is also found by the search above the list', async () => {
    const bob = await cast.person(server, `Rob-${look}`);
    const ada = await cast.person(server, 'Ada', { viewport });
    await ada.page.getByRole('searchbox', { name: 'Search' }).fill(bob.username);
    const found = ada.page.getByRole('button', { name: `@${bob.username}` });
    await found.waitFor();
    expect(await findings(ada)).toEqual([]);
    await found.click();
    await ada.say('Found you');
    await bob.row('Ada').getByText('Found you').waitFor();
  });

  test('a group whose new members may read everything', async () => {
    const bob = await cast.person(server, `Late-${look}`);
    const ada = await cast.person(server, 'Ada', { viewport });
    const { page } = ada;
    await page.getByRole('button', { name: 'New chat' }).first().click();
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name of the group').fill(`Open books ${look}`);
    await page.getByRole('switch', { name: /New members may read everything/ }).check();
    await page.getByRole('button', { name: 'Create group' }).click();
    await ada.say('Said before you came');
    await ada.sees('Said before you came');
    await page
      .getByRole('main')
      .getByRole('link', { name: /Open books/ })
      .click();
    await page.getByRole('button', { name: 'Add members' }).click();
    await page.getByLabel('Name of a person').fill(bob.username);
    await page.getByRole('button', { name: bob.username }).click();
    await page.getByRole('button', { name: 'Add 1' }).click();
    await bob.row('Open books').click();
    await bob.sees('Said before you came');
  });
});

test('over plain HTTP from another machine: chats, stays logged in, copies a link', async () => {
  const bob = await cast.person(server, 'Lan');
  const ada = await cast.stranger(server);
  const { page } = ada;
  await page.goto(server.url.replace('127.0.0.1', LAN_NAME));
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await ada.register('plain-ada', 'Ada');
  await ada.openChat(await bob.link(), 'Lan');
  await ada.say('From the kitchen');
  await ada.hasTick('From the kitchen', 'delivered');
  await page.reload();
  await ada.sees('From the kitchen');
  await ada.chooseFor('From the kitchen', 'Copy link to message');
  const box = page.getByRole('textbox', { name: 'Message' });
  await box.focus();
  await page.keyboard.press('ControlOrMeta+v');
  await expect.poll(() => box.inputValue()).toMatch(/#\/c\/.*\/m\/1$/);
});
