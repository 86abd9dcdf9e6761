import { describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { findings } from './axe.js';
import { type Person, type PersonOptions } from './browser.js';
import { Cast, goTo, isSent, LOOKS, hosted, shot } from './cast.js';

const cast = new Cast();
let server: Server;

hosted((one) => (server = one));

/** Ada, who has written to Bob and to Eve. */
async function talk(options: PersonOptions = {}): Promise<[Person, Person]> {
  const ada = await cast.person(server, 'Ada', options);
  const bob = await cast.person(server, 'Bob');
  const eve = await cast.person(server, 'Eve');
  await ada.openChat(await bob.link(), 'Bob');
  for (const text of ['The harbour at dawn', 'Bring bread', 'A boat leaves the harbour']) await ada.say(text);
  await isSent(ada, 'A boat leaves');
  await bob.page.getByRole('link', { name: /Ada/ }).click();
  await bob.say('Which harbour do you mean?');
  await isSent(bob, 'Which harbour');
  await ada.page
    .getByRole('button', { name: 'Back' })
    .click({ timeout: 500 })
    .catch(() => {});
  await ada.openChat(await eve.link(), 'Eve');
  await ada.say('Éve, the HARBOUR is closed');
  await isSent(ada, 'the HARBOUR');
  return [ada, bob];
}

const hits = ({ page }: Person): ReturnType<Person['page']['locator']> =>
  page.getByRole('main').locator('ol a');

describe.each(LOOKS)('%s', (look, options) => {
  test('from the list: everything with the word, marked; filters narrow it; a hit leads to the message', async () => {
    const [ada] = await talk(options);
    const { page } = ada;
    await goTo(ada, '#/');
    const box = page.getByRole('searchbox', { name: 'Search' });
    await box.fill('harbour');
    await shot(ada, `search-${look}-list`);
    await box.press('Enter');
    await expect.poll(() => hits(ada).count()).toBe(4);
    expect(await page.locator('mark').allTextContents()).toEqual([
      'HARBOUR',
      'harbour',
      'harbour',
      'harbour',
    ]);
    expect(await findings(ada)).toEqual([]);
    await shot(ada, `search-${look}`);
    await page.getByLabel('In', { exact: true }).selectOption({ label: 'Bob' });
    await expect.poll(() => hits(ada).count()).toBe(3);
    await page.getByLabel('From', { exact: true }).selectOption({ label: 'You' });
    await expect.poll(() => hits(ada).count()).toBe(2);
    await page.getByLabel('Not after').fill('2020-01-01');
    await page.getByRole('main').getByText('Nothing found.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => hits(ada).count()).toBe(4);
    await hits(ada).filter({ hasText: 'at dawn' }).click();
    await ada.sees('The harbour at dawn');
    await page.locator('.flash', { hasText: 'at dawn' }).waitFor();
    await page.goBack();
    await expect.poll(() => hits(ada).count()).toBe(4);
  });
});

test('a message is found as it is typed, within a second; what is hostile is text', async () => {
  const [ada, bob] = await talk();
  await goTo(ada, '#/search');
  const box = ada.page.getByRole('searchbox', { name: 'Search messages' });
  await box.pressSequentially('lighth');
  await ada.page.getByRole('main').getByText('Nothing found.').waitFor();
  await bob.say('<b>lighthouse</b> <img src=x onerror=alert(1)>');
  await isSent(bob, 'lighthouse');
  // The promise: within a second.
  await ada.page.waitForTimeout(1000);
  await box.press('o');
  await expect.poll(() => hits(ada).count()).toBe(1);
  expect(await hits(ada).textContent()).toContain('<b>lighthouse</b>');
  expect(await hits(ada).locator('b, img').count()).toBe(0);
});

test('keyboard only: search, filter, open', async () => {
  const [ada] = await talk();
  const { page } = ada;
  await goTo(ada, '#/search/dawn');
  await expect.poll(() => hits(ada).count()).toBe(1);
  // Two lists, two dates of three fields and a button each; then the hit.
  for (let presses = 0; presses < 14; presses += 1) {
    await page.keyboard.press('Tab');
    if (await hits(ada).evaluate((one) => one === document.activeElement)) break;
  }
  await page.keyboard.press('Enter');
  await ada.sees('The harbour at dawn');
});

test('a hit far up is shown with what is around it', async () => {
  const [ada] = await talk();
  for (let at = 0; at < 120; at += 1) await ada.say(`line ${at}`);
  await isSent(ada, 'line 119');
  await ada.page.reload();
  await ada.sees('line 119');
  await goTo(ada, '#/search/line%203');
  await hits(ada).filter({ hasText: 'line 3' }).last().click();
  await ada.page.locator('.flash').waitFor();
  expect(await ada.bubble('line 119').count()).toBe(0);
}, 120_000);
