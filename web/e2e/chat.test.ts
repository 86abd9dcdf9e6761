import { describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { PHONE, PASSWORD, type PersonOptions } from './browser.js';
import { Cast, hosted } from './cast.js';

let server: Server;
const cast = new Cast();

hosted((one) => (server = one));

type Registered = Awaited<ReturnType<Cast['person']>>;

function person(name: string, options: PersonOptions = {}, at = server): Promise<Registered> {
  return cast.person(at, name, options);
}

async function pair(options: PersonOptions = {}): Promise<[Registered, Registered]> {
  const [ada, bob] = [await person('Ada', options), await person('Bob', options)];
  await ada.openChat(await bob.link(), 'Bob');
  return [ada, bob];
}

describe('two browsers', () => {
  test('chat, tick by tick', async () => {
    const [ada, bob] = await pair();
    await ada.say('Hello, Bob!');
    await ada.hasTick('Hello, Bob!', 'delivered');
    const row = bob.page.getByRole('link', { name: /Ada/ });
    await row.getByLabel('1 unread message').waitFor();
    await row.click();
    await bob.sees('Hello, Bob!');
    await ada.hasTick('Hello, Bob!', 'read');
    await bob.say('Hello, **Ada**!');
    await ada.sees('Hello, Ada!');
    await bob.hasTick('Hello, Ada!', 'read');
  });

  test('a link in the address bar leads a new person to the conversation', async () => {
    const bob = await person('Bob');
    const link = await bob.link();
    const ada = await cast.stranger(server);
    await ada.page.goto(link);
    await ada.page.getByText('Someone wants to chat with you').waitFor();
    await ada.register('ada-by-link', 'Ada');
    await ada.page.getByRole('heading', { name: 'Bob' }).waitFor();
    await ada.say('I came by your link');
    await bob.page.getByRole('link', { name: /Ada/ }).getByText('I came by your link').waitFor();
  });

  test('what a hostile person writes is text', async () => {
    const [ada, bob] = await pair();
    const hostile = '<img src=x onerror=alert(1)> <b>bold</b> [x](javascript:alert(1))';
    await ada.say(hostile);
    await bob.page.getByRole('link', { name: /Ada/ }).click();
    await bob.sees(hostile);
    expect(await bob.bubble(hostile).locator('img, b, a').count()).toBe(0);
  });

  test('a reload keeps one logged in, and shows what is kept at once', async () => {
    const [ada, bob] = await pair();
    await ada.say('before the reload');
    await ada.hasTick('before the reload', 'delivered');
    await ada.page.reload();
    await ada.sees('before the reload');
    await bob.page.getByRole('link', { name: /Ada/ }).click();
    await bob.say('after it');
    await ada.sees('after it');
  });

  test('a reply quotes, and leads back', async () => {
    const [ada, bob] = await pair();
    await ada.say('What time?');
    await bob.page.getByRole('link', { name: /Ada/ }).click();
    await bob.sees('What time?');
    await bob.bubble('What time?').click({ button: 'right' });
    await bob.page.getByRole('menuitem', { name: 'Reply' }).click();
    await bob.say('At nine');
    await ada.sees('At nine');
    await ada
      .bubble('At nine')
      .getByRole('button', { name: /What time/ })
      .waitFor();
  });
});

describe('bad times', () => {
  test('the server is killed and started again in mid-conversation', async () => {
    const own = await Server.start();
    const [ada, bob] = [await person('Ada', {}, own), await person('Bob', {}, own)];
    await ada.openChat(await bob.link(), 'Bob');
    await ada.say('one');
    await ada.hasTick('one', 'delivered');
    await own.stop();
    await ada.say('two');
    await ada.hasTick('two', 'sending');
    await ada.page.getByText('No connection.').waitFor();
    await own.start();
    await ada.page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2000 })
      .catch(() => {});
    await ada.hasTick('two', 'delivered');
    await bob.page.getByRole('link', { name: /Ada/ }).click();
    await bob.sees('two');
    expect(await bob.bubble('two').count()).toBe(1);
    await cast.leave();
    await own.close();
  });

  test('a message written offline survives a reload, and is sent once', async () => {
    const own = await Server.start();
    const [ada, bob] = [await person('Ada', {}, own), await person('Bob', {}, own)];
    await ada.openChat(await bob.link(), 'Bob');
    await ada.say('one');
    await ada.hasTick('one', 'delivered');
    await own.stop();
    await ada.say('two');
    await ada.hasTick('two', 'sending');
    await own.start();
    await ada.page.reload();
    await ada.hasTick('two', 'delivered');
    expect(await ada.bubble('two').count()).toBe(1);
    await cast.leave();
    await own.close();
  });

  test('a wrong password, and a taken name', async () => {
    const ada = await person('Ada');
    const name = ada.username;
    const eve = await cast.stranger(server);
    await eve.page.getByLabel('Username', { exact: true }).fill(name);
    await eve.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await eve.page.getByRole('button', { name: 'Create account' }).click();
    await eve.page.getByText('This username is taken.').waitFor();
    await eve.page.getByRole('button', { name: 'I already have an account' }).click();
    await eve.page.getByLabel('Password', { exact: true }).fill('wrong horse battery');
    await eve.page.getByRole('button', { name: 'Log in' }).click();
    await eve.page.getByText('That name and password do not go together.').waitFor();
    await ada.page.getByRole('button', { name: 'Settings' }).waitFor();
  });

  test('a device that is logged out says so', async () => {
    const ada = await person('Ada');
    const phone = await cast.stranger(server, { viewport: PHONE });
    await phone.page.getByRole('button', { name: 'I already have an account' }).click();
    await phone.page.getByLabel('Username, e-mail or phone').fill(ada.username);
    await phone.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await phone.page.getByRole('button', { name: 'Log in' }).click();
    await phone.page.getByRole('button', { name: 'New chat' }).first().waitFor();
    await ada.page.getByRole('button', { name: 'Settings' }).click();
    await ada.page.getByRole('button', { name: 'Log out' }).first().click();
    await phone.page.getByText('This device was logged out.').waitFor();
  });
});

test('two tabs of one browser stay in step, and refresh their tokens without a quarrel', async () => {
  const [ada, bob] = await pair();
  await ada.say('from the first tab');
  const second = await ada.context.newPage();
  await second.goto(ada.page.url());
  await second.locator('.bubble', { hasText: 'from the first tab' }).waitFor();
  await second.getByRole('textbox', { name: 'Message' }).fill('from the second tab');
  await second.getByRole('textbox', { name: 'Message' }).press('Enter');
  await ada.sees('from the second tab');
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([ada.page.reload(), second.reload()]);
    await ada.sees('from the second tab');
    await second.locator('.bubble', { hasText: 'from the second tab' }).waitFor();
  }
  await bob.page.getByRole('link', { name: /Ada/ }).getByText('from the second tab').waitFor();
});

test('on a phone there is one page at a time', async () => {
  const [ada] = await pair({ viewport: PHONE, touch: true });
  await ada.page.getByRole('textbox', { name: 'Message' }).fill('Hi');
  await ada.page.getByRole('button', { name: 'Send' }).click();
  await ada.hasTick('Hi', 'delivered');
  await ada.page.getByRole('button', { name: 'Back' }).click();
  await ada.page.getByRole('link', { name: /Bob/ }).waitFor();
  expect(await ada.page.getByRole('textbox', { name: 'Message' }).isVisible()).toBe(false);
});
