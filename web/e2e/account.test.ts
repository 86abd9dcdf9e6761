import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { findings } from './axe.js';
import { PASSWORD, stopBrowser, type Person } from './browser.js';
import { Cast, goTo, LOOKS, shot } from './cast.js';

const cast = new Cast();
let server: Server;

beforeAll(async () => {
  server = await Server.start();
  // The first account is the operator's: not one of those below.
  const operator = await cast.person(server, 'Olga');
  await operator.close();
});
afterAll(async () => {
  await stopBrowser();
  await server.close();
});

async function logIn(someone: Person, login: string, password = PASSWORD): Promise<void> {
  const { page } = someone;
  await page.getByLabel('Password', { exact: true }).waitFor();
  const change = page.getByRole('button', { name: 'I already have an account' });
  if (await change.isVisible()) await change.click();
  await page.getByLabel('Username, e-mail or phone').fill(login);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

describe.each(LOOKS)('%s', (look, options) => {
  test('profile, privacy, data and devices are on one page', async () => {
    const ada = await cast.person(server, 'Ada', options);
    const { page } = ada;
    await goTo(ada, '#/settings');
    await page.getByText('this device').waitFor();
    expect(await findings(ada)).toEqual([]);
    await shot(ada, `account-${look}`);
    await page.getByRole('button', { name: 'Delete account' }).scrollIntoViewIfNeeded();
    await shot(ada, `account-${look}-end`);
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByLabel('About me').fill('Analyst');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Saved' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    // No operator, no way in.
    expect(await page.getByRole('link', { name: 'Administer this server' }).count()).toBe(0);
    await goTo(ada, '#/admin');
    await page.getByText('Only operators of this server see this page.').waitFor();
  });
});

test('all other devices are logged out at once', async () => {
  const ada = await cast.person(server, 'Ada');
  const others = [await cast.stranger(server), await cast.stranger(server)];
  for (const other of others) {
    await logIn(other, ada.username);
    await other.page.getByRole('button', { name: 'New chat' }).first().waitFor();
  }
  await goTo(ada, '#/settings');
  await ada.page.getByRole('button', { name: 'Log out all other devices' }).click();
  for (const other of others) await other.page.getByText('This device was logged out.').waitFor();
  await shot(others[0] as Person, 'door-revoked');
  await ada.page.getByText('this device').waitFor();
});

test('one has one’s data as a zip, with what one has said in it', async () => {
  const ada = await cast.person(server, 'Ada');
  const { page } = ada;
  await page.getByRole('button', { name: 'New chat' }).first().click();
  await page.getByRole('button', { name: 'Notes to myself' }).click();
  await ada.say('remember the zip');
  await ada.sees('remember the zip');
  await goTo(ada, '#/settings');
  const downloading = page.waitForEvent('download', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Make a copy of my data' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`parley-${ada.username}.zip`);
  await page.getByText('Your copy has been downloaded.').waitFor();
  const python = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(*map(z.read, z.namelist()))';
  const { stdout } = await promisify(execFile)('python3', ['-c', python, await download.path()]);
  expect(stdout).toContain(ada.username);
  expect(stdout).toContain('remember the zip');
});

test('an account is deleted by its password alone, and its name is gone from what others see', async () => {
  const ada = await cast.person(server, 'Ada');
  const bob = await cast.person(server, 'Bob');
  const phone = await cast.stranger(server);
  await logIn(phone, ada.username);
  await ada.openChat(await bob.link(), 'Bob');
  await ada.say('I will be gone');
  await ada.hasTick('I will be gone', 'delivered');
  await goTo(ada, '#/settings');
  const { page } = ada;
  await page.getByRole('button', { name: 'Delete account' }).click();
  await page.getByLabel('Your password, to be sure').fill('not my password');
  await page.getByRole('button', { name: 'Delete my account for ever' }).click();
  await page.getByText('That is not your password. Nothing has been deleted.').waitFor();
  expect(await findings(ada)).toEqual([]);
  await shot(ada, 'account-delete');
  await page.getByLabel('Your password, to be sure').fill(PASSWORD);
  await page.getByRole('button', { name: 'Delete my account for ever' }).click();
  await page.getByText('Your account has been deleted. Goodbye!').waitFor();
  await shot(ada, 'door-deleted');
  await phone.page.getByText('This device was logged out.').waitFor();
  await bob.page.getByRole('link', { name: /Deleted user/ }).click();
  await bob.sees('I will be gone');
  await logIn(ada, ada.username);
  await page.getByText('That name and password do not go together.').waitFor();
});
