import { describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { findings } from './axe.js';
import { type Person, PASSWORD, type PersonOptions } from './browser.js';
import { Cast, hosted, LOOKS } from './cast.js';

let server: Server;
const cast = new Cast();

hosted((one) => (server = one));

let count = 0;
function newcomer(options: PersonOptions = {}): Promise<Person> {
  return cast.stranger(server, options);
}

async function person(name: string, options: PersonOptions = {}): Promise<Person> {
  const someone = await newcomer(options);
  await someone.register(`${name}-${++count}`, name);
  return someone;
}

describe.each(LOOKS)('axe has no serious finding: %s', (_name, options) => {
  test('welcome, list, conversation, menu, emoji, new chat, settings', async () => {
    const ada = await newcomer(options);
    expect(await findings(ada)).toEqual([]);
    await ada.register(`axe-${++count}`, 'Ada');
    expect(await findings(ada)).toEqual([]);
    const bob = await person('Bob');
    await ada.openChat(await bob.link(), 'Bob');
    await ada.say('Hello, `Bob`: https://a.example');
    await ada.hasTick('Hello', 'delivered');
    expect(await findings(ada)).toEqual([]);
    await ada.bubble('Hello').click({ button: 'right' });
    expect(await findings(ada)).toEqual([]);
    await ada.page.keyboard.press('Escape');
    await ada.page.getByRole('button', { name: 'Emoji' }).click();
    await ada.page.getByRole('dialog', { name: 'Emoji' }).locator('.line button').first().waitFor();
    expect(await findings(ada)).toEqual([]);
    await ada.page.goto(`${server.url}/#/`);
    await ada.page.getByRole('link', { name: /Bob/ }).waitFor();
    expect(await findings(ada)).toEqual([]);
    await ada.page.goto(`${server.url}/#/new`);
    expect(await findings(ada)).toEqual([]);
    await ada.page.goto(`${server.url}/#/settings`);
    await ada.page.getByText('this device').waitFor();
    expect(await findings(ada)).toEqual([]);
  });
});

describe.each(LOOKS)('axe has no serious finding in a group: %s', (_name, options) => {
  test('conversation, mentions, pins, its page, menus, questions, who has seen, left', async () => {
    const ada = await newcomer(options);
    await ada.register(`axe-${++count}`, 'Ada');
    const bob = await person('Bob');
    await ada.openChat(await bob.link(), 'Bob');
    await ada.say('Hello');
    await ada.page.goto(`${server.url}/#/`);
    await ada.makeGroup('Axe', ['Bob']);
    await ada.say(`Hello @bob-${count}`);
    await ada.hasTick('Hello', 'delivered');
    await ada.chooseFor('Hello', 'Pin message');
    await ada.page.getByRole('button', { name: 'Pinned message' }).waitFor();
    await ada.page.getByRole('textbox', { name: 'Message' }).pressSequentially('@b');
    await ada.page.getByRole('listbox').waitFor();
    expect(await findings(ada)).toEqual([]);
    await ada.page.getByRole('textbox', { name: 'Message' }).fill('');
    await ada.chooseFor('Hello', 'Seen by…');
    await ada.page.getByRole('dialog').getByRole('listitem').first().waitFor();
    expect(await findings(ada)).toEqual([]);
    await ada.page.keyboard.press('Escape');
    await ada.page.getByRole('main').getByRole('link', { name: /Axe/ }).click();
    await ada.page.getByRole('heading', { name: 'Members' }).waitFor();
    expect(await findings(ada)).toEqual([]);
    await ada.page.getByRole('main').getByRole('button', { name: 'Actions for Bob' }).click();
    expect(await findings(ada)).toEqual([]);
    await ada.page.keyboard.press('Escape');
    await ada.page.getByRole('button', { name: 'Add members' }).click();
    await ada.page.getByRole('button', { name: 'Change name and description' }).click();
    expect(await findings(ada)).toEqual([]);
    await ada.page.getByRole('button', { name: 'Leave the group' }).click();
    expect(await findings(ada)).toEqual([]);
    await ada.confirm('Leave');
    await ada.page.goto(`${server.url}/#/`);
    await ada.row('Axe').click({ button: 'right' });
    expect(await findings(ada)).toEqual([]);
    await ada.page.getByRole('menuitem', { name: 'Archive' }).click();
    await ada.page.getByRole('button', { name: 'Archived (1)' }).click();
    await ada.row('Axe').click();
    await ada.page.getByText('You are no longer in this group.').waitFor();
    expect(await findings(ada)).toEqual([]);
  });
});

test('keyboard only: a group made, a member made admin, the conversation muted', async () => {
  const bob = await person('Bob');
  const ada = await person('Ada');
  const { keyboard } = ada.page;
  await ada.openChat(await bob.link(), 'Bob');
  await ada.say('Hello!');
  await ada.page.reload();
  await ada.sees('Hello!');
  await keyboard.press('Escape');
  await tabTo(ada, 'New chat');
  await keyboard.press('Enter');
  await tabTo(ada, 'New group');
  await keyboard.press('Enter');
  await ada.page.getByLabel('Name of the group').waitFor();
  await keyboard.type('Keys');
  await tabTo(ada, '@Bob');
  await keyboard.press('Space');
  await tabTo(ada, 'Create group');
  await keyboard.press('Enter');
  await ada.page.getByText('2 members').waitFor();
  await tabTo(ada, 'About', 'Shift+Tab');
  await keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'About this group' }).waitFor();
  await tabTo(ada, 'Add members');
  await tabTo(ada, 'Actions for Bob');
  await keyboard.press('Enter');
  await ada.page.getByRole('menuitem', { name: 'Write a message' }).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await ada.page.getByText('admin', { exact: true }).waitFor();
  await keyboard.press('Escape');
  await ada.page.getByRole('textbox', { name: 'Message' }).waitFor();
  await tabTo(ada, 'Actions for Keys', 'Shift+Tab');
  await keyboard.press('Enter');
  await ada.page.getByRole('menuitem', { name: 'Pin to the top' }).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await ada.row('Keys').getByLabel('Muted').waitFor();
});

test('keyboard only: register, open a chat, send, reply, leave', async () => {
  const bob = await person('Bob');
  const link = await bob.link();
  const ada = await newcomer();
  const { keyboard } = ada.page;
  await ada.page.getByLabel('Username', { exact: true }).waitFor();
  await keyboard.type(`keys-${++count}`);
  await keyboard.press('Tab');
  await keyboard.type('Ada');
  await keyboard.press('Tab');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await ada.page.getByRole('button', { name: 'New chat' }).first().waitFor();
  await tabTo(ada, 'New chat');
  await keyboard.press('Enter');
  await ada.page.getByLabel('Name or link of a friend').waitFor();
  await keyboard.insertText(link);
  await ada.page.getByRole('button', { name: /Bob/ }).waitFor();
  await tabTo(ada, 'Bob');
  await keyboard.press('Enter');
  await ada.page.getByRole('textbox', { name: 'Message' }).waitFor();
  await keyboard.type('No mouse');
  await keyboard.press('Shift+Enter');
  await keyboard.type('was touched');
  await keyboard.press('Enter');
  await ada.hasTick('No mouse', 'delivered');
  await tabTo(ada, 'Message actions', 'Shift+Tab');
  await keyboard.press('Enter');
  await ada.page.getByRole('menuitem', { name: 'Reply' }).waitFor();
  await keyboard.press('Enter');
  await ada.page.getByText('Reply to You').waitFor();
  await keyboard.type('Indeed');
  await keyboard.press('Enter');
  await ada.sees('Indeed');
  await keyboard.press('Escape');
  await ada.page.getByText('Choose a conversation').waitFor();
});

/** Presses Tab until what has the focus is called that. */
async function tabTo({ page }: Person, name: string, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    const label = await page.evaluate(() => {
      const { activeElement: at } = document;
      if (!at || at === document.body) return '';
      return at.getAttribute('aria-label') ?? `${at.textContent} ${at.getAttribute('title') ?? ''}`;
    });
    if (label.includes(name)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`Tab does not lead to ${name}`);
}

test('three languages, chosen on the first page, and kept', async () => {
  const ada = await newcomer({ locale: 'de-DE' });
  await ada.page.getByRole('button', { name: 'Konto anlegen' }).waitFor();
  await ada.page.getByLabel('Sprache').selectOption('zh');
  await ada.page.getByRole('button', { name: '创建账号' }).waitFor();
  await ada.page.reload();
  await ada.page.getByRole('button', { name: '创建账号' }).waitFor();
  expect(await ada.page.locator('html').getAttribute('lang')).toBe('zh');
});

test('the theme is chosen, and kept', async () => {
  const ada = await person('Ada', { theme: 'light' });
  const background = (): Promise<string> =>
    ada.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await ada.page.getByRole('button', { name: 'Settings' }).click();
  await ada.page.getByText('Dark', { exact: true }).click();
  await expect.poll(background).not.toBe(light);
  const dark = await background();
  await ada.page.reload();
  expect(await background()).toBe(dark);
});

test('the page starts, and shows what it has, while the server is gone', async () => {
  const own = await Server.start();
  const ada = await cast.stranger(own);
  await ada.register('offline', 'Ada');
  await ada.page.getByRole('button', { name: 'New chat' }).first().click();
  await ada.page.getByRole('button', { name: 'Notes to myself' }).click();
  await ada.say('kept on this machine');
  await ada.sees('kept on this machine');
  // The service worker has the page and its files after the next visit.
  await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await ada.page.reload();
  await ada.sees('kept on this machine');
  await own.stop();
  await ada.page.reload();
  await ada.sees('kept on this machine');
  await ada.say('written meanwhile');
  await ada.hasTick('written meanwhile', 'sending');
  await own.start();
  await ada.page.reload();
  await ada.sees('written meanwhile');
  await ada.bubble('written meanwhile').locator('[data-tick=sending]').waitFor({ state: 'detached' });
  await cast.leave();
  await own.close();
});

test('what the server sends with the page', async () => {
  const page = await fetch(server.url, { headers: { 'Accept-Encoding': 'gzip' } });
  expect(page.headers.get('Content-Security-Policy')).toContain("require-trusted-types-for 'script'");
  expect(page.headers.get('Content-Security-Policy')).not.toContain('unsafe');
  const html = await page.text();
  expect(html).not.toMatch(/<script(?![^>]* src=)/);
  const again = await fetch(server.url, { headers: { 'If-None-Match': page.headers.get('ETag') ?? '' } });
  expect([200, 304]).toContain(again.status);
  const [script] = /\/assets\/[^"]+\.js/.exec(html) ?? [];
  const head = await fetch(`${server.url}${script}`, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers.get('Cache-Control')).toContain('immutable');
  for (const path of [
    '/index.html',
    '/assets/',
    '/assets/../index.html',
    '/..%2fpackage.json',
    '/sw.js.br',
  ]) {
    expect([path, (await fetch(server.url + path)).status]).toEqual([path, 404]);
  }
});
