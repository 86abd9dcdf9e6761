import { afterAll, describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { findings } from './axe.js';
import { PASSWORD, stopBrowser, type Person } from './browser.js';
import { Cast, goTo, LOOKS, shot } from './cast.js';

// The first account of a server is its operator.
const cast = new Cast();
let server: Server;

afterAll(stopBrowser);

async function operator(options = {}): Promise<Person> {
  server = await Server.start();
  return cast.person(server, 'Olga', options);
}

describe.each(LOOKS)('%s', (look, options) => {
  test('each page of it opens, and axe finds nothing serious', async () => {
    const olga = await operator(options);
    const ada = await cast.person(server, 'Ada');
    await ada.page.getByRole('button', { name: 'New chat' }).first().click();
    await ada.page.getByRole('button', { name: 'Notes to myself' }).click();
    const { page } = olga;
    await goTo(olga, '#/settings');
    await page.getByRole('link', { name: 'Administer this server' }).click();
    await page.getByText('Sessions online').waitFor();
    for (let at = 0; at < 30; at += 1) await ada.say(`figure ${at}`);
    const messages = page.getByRole('img', { name: /^Messages a second: now [1-9]/ });
    await messages.waitFor();
    await page
      .getByRole('img', { name: /^Time until a message is safe: now p50 [\d.]+ ms, p95 [\d.]+ ms/ })
      .waitFor();
    for (const name of [
      'Connections',
      'Delivery time',
      'Failed deliveries a minute',
      'Write time of the store',
    ]) {
      await page.getByRole('img', { name: new RegExp(`^${name}: now`) }).waitFor();
    }
    await page.waitForTimeout(3000);
    expect(await findings(olga)).toEqual([]);
    await shot(olga, `admin-${look}-overview`);
    for (const tab of ['Users', 'Invitations', 'Reports', 'Broadcast', 'Audit log']) {
      await page.getByRole('link', { name: tab }).click();
      await page.locator('nav a[aria-current]', { hasText: tab }).waitFor();
      await page.waitForTimeout(500);
      expect(await findings(olga)).toEqual([]);
      await shot(olga, `admin-${look}-${tab}`);
    }
    await page.getByText('user.registered').first().waitFor();
    await page.getByText(/@ada-/).first().waitFor();
    await server.close();
  });
});

test('users: found, disabled and enabled again, made operator, kept one', async () => {
  const olga = await operator();
  const { page } = olga;
  const ada = await cast.person(server, 'Ada');
  await cast.person(server, 'Bob');
  await goTo(olga, '#/admin/users');
  await page.getByText(/@bob-/).waitFor();
  await page.getByLabel('Username').fill('ada');
  await page.getByText(/@bob-/).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.getByText('disabled', { exact: true }).waitFor();
  await ada.page.getByText('This device was logged out.').waitFor();
  await ada.page.getByLabel('Username, e-mail or phone').fill(ada.username);
  await ada.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await ada.page.getByRole('button', { name: 'Log in' }).click();
  await ada.page.getByText('This account has been disabled.').waitFor();
  await shot(ada, 'door-disabled');
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByText('disabled', { exact: true }).waitFor({ state: 'detached' });
  await ada.page.getByRole('button', { name: 'Log in' }).click();
  await ada.page.getByRole('button', { name: 'New chat' }).first().waitFor();
  await page.getByRole('button', { name: 'Make operator' }).click();
  await page.getByText('operator', { exact: true }).waitFor();
  await goTo(ada, '#/admin/users');
  await ada.page.getByText(/@olga-/).waitFor();
  await page.getByRole('button', { name: 'No longer operator' }).click();
  await page.getByRole('button', { name: 'Make operator' }).waitFor();
  await page.getByLabel('Username').fill('olga');
  await page.getByText(/@ada-/).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'No longer operator' }).click();
  await page.getByText('The server keeps at least one operator.').waitFor();
  await server.close();
});

test('a password is reset by a link that is good once', async () => {
  const olga = await operator();
  const ada = await cast.person(server, 'Ada');
  await goTo(olga, '#/admin/users');
  await olga.page.getByLabel('Username').fill('ada');
  await olga.page.getByText(/@olga-/).waitFor({ state: 'detached' });
  await olga.page.getByRole('button', { name: 'Reset password' }).click();
  await olga.page.getByRole('dialog').getByRole('button', { name: 'Reset password' }).click();
  const link = await olga.page.getByRole('textbox', { name: 'Reset password' }).inputValue();
  await shot(olga, 'admin-reset');
  await ada.page.getByText('This device was logged out.').waitFor();
  await ada.page.goto(link);
  const { page } = ada;
  await page.getByLabel('New password').fill('password1');
  await page.getByRole('button', { name: 'Set new password' }).click();
  await page.getByText('This password is too easy to guess.').waitFor();
  expect(await findings(ada)).toEqual([]);
  await shot(ada, 'door-reset');
  await page.getByLabel('New password').fill('another horse battery');
  await page.getByRole('button', { name: 'Set new password' }).click();
  await page.getByText('Your new password is set.').waitFor();
  await page.getByLabel('Username, e-mail or phone').fill(ada.username);
  await page.getByLabel('Password', { exact: true }).fill('another horse battery');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'New chat' }).first().waitFor();
  const eve = await cast.stranger(server);
  await eve.page.goto(link);
  await eve.page.getByLabel('New password').fill('a third horse battery');
  await eve.page.getByRole('button', { name: 'Set new password' }).click();
  await eve.page.getByText('This link has been used or is too old.').waitFor();
  await server.close();
});

test('a broadcast reaches everybody, from the server itself', async () => {
  const olga = await operator();
  const ada = await cast.person(server, 'Ada');
  await goTo(olga, '#/admin/broadcast');
  await olga.page.getByLabel('Message to everybody').fill('Maintenance at noon');
  await olga.page.getByRole('button', { name: 'Send to everybody' }).click();
  await olga.page.getByRole('dialog').getByRole('button', { name: 'Send to everybody' }).click();
  await olga.page.getByText(/On its way to \d/).waitFor();
  await ada.page.getByRole('link', { name: /Maintenance at noon/ }).click();
  await ada.sees('Maintenance at noon');
  await goTo(olga, '#/admin/audit');
  await olga.page
    .getByText(/^broadcast\./)
    .first()
    .waitFor();
  await server.close();
});
