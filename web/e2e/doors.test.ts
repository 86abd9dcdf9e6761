import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { findings } from './axe.js';
import { PASSWORD, stopBrowser, type Person } from './browser.js';
import { Cast, goTo, LOOKS, shot } from './cast.js';

// What keeps people out or lets them wait: each time a sentence says what it is, and what to do.
const run = promisify(execFile);
const cast = new Cast();

afterAll(stopBrowser);

async function tryToRegister(someone: Person, username: string): Promise<void> {
  const { page } = someone;
  await page.getByLabel('Username', { exact: true }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
}

/** An invitation as `parley admin invite` makes it: the first one of a server, whose user is the operator. */
async function firstInvite(server: Server): Promise<string> {
  const out = await server.admin(['invite']);
  return (JSON.parse(out) as { code: string }).code;
}

describe.each(LOOKS)('%s', (look, options) => {
  test('a server that takes invitations alone says so, and takes them as code and as link', async () => {
    const server = await Server.start('[auth]\nregistrations = "invite"\n');
    const olga = await cast.stranger(server, options);
    await tryToRegister(olga, 'olga');
    await olga.page.getByRole('alert').getByText('This server takes new accounts by invitation.').waitFor();
    expect(await findings(olga)).toEqual([]);
    await shot(olga, `door-${look}-invite`);
    await olga.page.getByLabel('Invitation code').fill('pin_wrong');
    await olga.page.getByRole('button', { name: 'Create account' }).click();
    await olga.page.getByText('This invitation is not valid').waitFor();
    await olga.page.getByLabel('Invitation code').fill(await firstInvite(server));
    await olga.page.getByRole('button', { name: 'Create account' }).click();
    await olga.page.getByRole('button', { name: 'New chat' }).first().waitFor();
    await goTo(olga, '#/admin/invites');
    await olga.page.getByLabel('For whom').fill('Ada');
    await olga.page.getByRole('button', { name: 'Make invitation' }).click();
    const link = await olga.page.getByRole('textbox', { name: 'New invitation' }).inputValue();
    await shot(olga, `admin-${look}-invited`);
    const ada = await cast.stranger(server);
    await ada.page.goto(link);
    expect(await ada.page.getByLabel('Invitation code').inputValue()).toBe(link.split('/').at(-1));
    await tryToRegister(ada, 'ada');
    await ada.page.getByRole('button', { name: 'New chat' }).first().waitFor();
    await olga.page.reload();
    await olga.page.getByText('used 1 of 1').first().waitFor();
    await server.close();
  });
});

test('a server that takes nobody says so', async () => {
  const server = await Server.start('[auth]\nregistrations = "closed"\n');
  const ada = await cast.stranger(server);
  await tryToRegister(ada, 'ada');
  await ada.page.getByText('This server takes no new accounts.').waitFor();
  await server.close();
});

test('too many logins: how long to wait, and then it works', async () => {
  const server = await Server.start('[limits]\nlogins_per_second = 1\nlogins_burst = 2\n');
  const ada = await cast.person(server, 'Ada');
  const other = await cast.stranger(server);
  const { page } = other;
  await page.getByRole('button', { name: 'I already have an account' }).click();
  await page.getByLabel('Username, e-mail or phone').fill(ada.username);
  // A program at the same address guesses, too.
  const guess = { method: 'POST', body: JSON.stringify({ login: ada.username, password: 'wrong horse' }) };
  const burn = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 8 }, () => fetch(`${server.url}/api/auth/login`, guess)));
  const alert = page.locator('form [role=alert]');
  await expect
    .poll(
      async () => {
        const burnt = burn();
        await page.getByLabel('Password', { exact: true }).fill('wrong horse battery');
        await page.getByRole('button', { name: 'Log in' }).click();
        await burnt;
        return alert.textContent();
      },
      { timeout: 20_000 },
    )
    .toMatch(/Too many attempts in a short time. Please try again in \d+ seconds?\./);
  await shot(other, 'door-rate');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await expect
    .poll(
      async () => {
        await page
          .getByRole('button', { name: 'Log in' })
          .click({ timeout: 1000 })
          .catch(() => {});
        return page.getByRole('button', { name: 'New chat' }).first().isVisible();
      },
      { interval: 1000, timeout: 15_000 },
    )
    .toBe(true);
  await server.close();
});

test('many messages at once are sent a bit later, by themselves', async () => {
  const server = await Server.start('[limits]\nsends_per_second = 1\nsends_burst = 2\n');
  const ada = await cast.person(server, 'Ada');
  await ada.page.getByRole('button', { name: 'New chat' }).first().click();
  await ada.page.getByRole('button', { name: 'Notes to myself' }).click();
  for (let at = 0; at < 5; at += 1) await ada.say(`quick ${at}`);
  await ada.page.getByText('That was fast').waitFor();
  await shot(ada, 'notice-rate');
  await expect.poll(() => ada.page.locator('[data-tick=sending]').count(), { timeout: 30_000 }).toBe(0);
  await ada.page.getByText('That was fast').waitFor({ state: 'detached' });
  expect(await ada.page.locator('.bubble').count()).toBe(5);
  await server.close();
});

test('an expired session is told from a device that was logged out', async () => {
  const server = await Server.start();
  const ada = await cast.person(server, 'Ada');
  // The browser has dropped its cookies, which are the session.
  await ada.context.clearCookies();
  await ada.page.reload();
  await ada.page.getByText('Your session has expired. Please log in again.').waitFor();
  expect(await findings(ada)).toEqual([]);
  await shot(ada, 'door-expired');
  await server.close();
});

test('a full disk: messages are kept and said to be; with room again, they are sent', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-disk-'));
  const mounted = await run('mount', [
    '-t',
    'tmpfs',
    '-o',
    'size=48m,mode=0700',
    'parley-test',
    folder,
  ]).catch((error: unknown) => error);
  if (mounted instanceof Error) {
    await rm(folder, { recursive: true });
    if (process.env['CI'] === 'true') throw mounted;
    context.skip(`cannot mount a tmpfs: ${mounted.message}`);
  }
  const filler = join(folder, 'filler');
  let server: Server | undefined;
  try {
    const small = '[storage]\nlog_segment_mib = 2\nwrite_interval_ms = 50\nflush_seconds = 1\n';
    server = await Server.start(`${small}[limits]\nsends_per_second = 0\n`, folder);
    const ada = await cast.person(server, 'Ada');
    await ada.page.getByRole('button', { name: 'New chat' }).first().click();
    await ada.page.getByRole('button', { name: 'Notes to myself' }).click();
    await ada.say('before');
    await expect.poll(() => ada.page.locator('[data-tick=sending]').count()).toBe(0);
    await fill(filler);
    // What is set aside in advance is used up first.
    const stuck = ada.page.getByText('The server cannot store messages right now.');
    for (let at = 0; at < 400 && !(await stuck.isVisible()); at += 1) {
      await ada.say(`${at} ${'x'.repeat(15_000)}`);
      await fill(filler);
    }
    await stuck.waitFor();
    await shot(ada, 'notice-full-disk');
    await unlink(filler);
    await expect.poll(() => ada.page.locator('[data-tick=sending]').count(), { timeout: 60_000 }).toBe(0);
    await stuck.waitFor({ state: 'detached' });
  } finally {
    await server?.close();
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);

/** Until not one byte more goes onto the disk. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (const size of [1 << 20, 1 << 12, 1]) {
      for (;;) {
        try {
          await file.write(Buffer.alloc(size));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          break;
        }
      }
    }
  } finally {
    await file.close();
  }
}
