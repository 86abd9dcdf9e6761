import { expect, test } from 'vitest';
import { MemoryStore, ParleyClient } from '../../sdk/typescript/src/index.js';
import { Server } from '../../sdk/typescript/test/server.js';
import { PASSWORD, PHONE, type Person, type PersonOptions } from './browser.js';
import { Cast, hosted } from './cast.js';

let server: Server;
const cast = new Cast();

hosted((one) => (server = one), '[limits]\nsends_per_second = 100000\nsends_burst = 1000000\n');

let count = 0;
async function pair(): Promise<[ada: Person, bob: Person, adaName: string]> {
  count += 1;
  const ada = await newcomer();
  const bob = await newcomer();
  await ada.register(`ada-${count}`, 'Ada');
  await bob.register(`bob-${count}`, 'Bob');
  await ada.openChat(await bob.link(), 'Bob');
  return [ada, bob, `ada-${count}`];
}

function newcomer(options: PersonOptions = {}): Promise<Person> {
  return cast.stranger(server, options);
}

/** Ada's phone. */
async function secondDevice(username: string): Promise<Person> {
  const phone = await newcomer({ viewport: PHONE });
  await phone.logIn(username);
  return phone;
}

/** A client without a browser, logged in as this user: for what would take hundreds of clicks. */
async function robot(username: string): Promise<ParleyClient> {
  const client = new ParleyClient({ url: server.url, store: new MemoryStore() });
  await client.logIn({ login: username, password: PASSWORD });
  return client;
}

function idOf(person: Person): string {
  return /#\/c\/([0-9a-f-]+)/.exec(person.page.url())?.[1] ?? '';
}

test('presence: online while there, last seen when gone, typing in header and list', async () => {
  const [ada, bob] = await pair();
  await ada.say('Are you there?');
  const header = ada.page.getByRole('main').locator('header');
  await header.getByText('online').waitFor();
  await ada.row('Bob').locator('.online').waitFor();
  await bob.open('Ada');
  await bob.page.getByRole('textbox', { name: 'Message' }).pressSequentially('I am');
  await header.getByText('typing…').waitFor();
  await ada.row('Bob').getByText('typing…').waitFor();
  await bob.close();
  await header.getByText(/last seen/).waitFor({ timeout: 15_000 });
  await ada.row('Bob').locator('.online').waitFor({ state: 'detached' });
});

test('muted, pinned and archived: on both devices of one user', async () => {
  const [ada, bob, name] = await pair();
  await ada.say('one');
  const phone = await secondDevice(name);
  await phone.row('Bob').waitFor();
  await ada.chooseForRow('Bob', 'Mute');
  await phone.row('Bob').getByLabel('Muted').waitFor();
  await ada.chooseForRow('Bob', 'Pin to the top');
  await phone.row('Bob').getByLabel('Pinned').waitFor();
  await phone.chooseForRow('Bob', 'Unmute');
  await ada.row('Bob').getByLabel('Muted').waitFor({ state: 'detached' });
  await phone.chooseForRow('Bob', 'Archive');
  await ada.row('Bob').waitFor({ state: 'detached' });
  await ada.page.getByRole('button', { name: 'Archived (1)' }).click();
  await ada.chooseForRow('Bob', 'Take out of the archive');
  await phone.row('Bob').waitFor();
  // On the page of the conversation the same is set.
  await phone.row('Bob').click();
  await phone.page.getByRole('main').getByRole('link', { name: /Bob/ }).click();
  expect(await phone.page.getByRole('switch', { name: 'Pin to the top' }).isChecked()).toBe(true);
  await phone.page.getByLabel('Notifications').selectOption('hour');
  await ada.row('Bob').getByLabel('Muted').waitFor();
  await bob.open('Ada');
});

test('a draft goes from device to device, and is gone when it is sent', async () => {
  const [ada, , name] = await pair();
  await ada.say('one');
  const phone = await secondDevice(name);
  await ada.page.getByRole('textbox', { name: 'Message' }).pressSequentially('half a');
  await phone.row('Bob').getByText('Draft: half a').waitFor();
  await phone.row('Bob').click();
  const box = phone.page.getByRole('textbox', { name: 'Message' });
  await expect.poll(() => box.inputValue(), { timeout: 10_000 }).toBe('half a');
  await box.press('End');
  await box.pressSequentially(' message');
  const first = ada.page.getByRole('textbox', { name: 'Message' });
  await expect.poll(() => first.inputValue(), { timeout: 10_000 }).toBe('half a message');
  await box.press('Enter');
  await ada.sees('half a message');
  await expect.poll(() => first.inputValue()).toBe('');
});

test('a pinned message: for both, leads to it, follows edits, is unpinned', async () => {
  const [ada, bob, name] = await pair();
  await ada.say('The address is 12 Mill Lane');
  const client = await robot(name);
  for (let at = 1; at <= 120; at += 1) {
    const body = { conversation_id: idOf(ada), client_id: `m${at}`, content: `line ${at}` };
    await client.rest.call({ method: 'POST', path: '/api/messages', body });
  }
  await client.close();
  await bob.open('Ada');
  await bob.page.getByRole('button', { name: 'To the newest message' }).click();
  await bob.sees('line 120');
  await ada.page.reload();
  await ada.seesNewest('line 120');
  await ada.page.goto(`${server.url}/#/c/${idOf(ada)}/m/1`);
  await ada.chooseFor('12 Mill Lane', 'Pin message');
  const bar = bob.page.getByRole('button', { name: /Pinned message/ });
  await bar.getByText('12 Mill Lane').waitFor();
  await ada.chooseFor('12 Mill Lane', 'Edit');
  await ada.say('The address is 21 Mill Lane');
  await bar.getByText('21 Mill Lane').waitFor();
  await bar.click();
  await bob.sees('21 Mill Lane');
  await bob.chooseFor('21 Mill Lane', 'Unpin message');
  await ada.page.getByRole('button', { name: /Pinned message/ }).waitFor({ state: 'detached' });
});

test('who comes back to a conversation sees its end, whatever was said meanwhile on another device', async () => {
  const [ada, , name] = await pair();
  await ada.say('one');
  await ada.hasTick('one', 'delivered');
  const { page } = ada;
  const address = page.url();
  const id = idOf(ada);
  await page.goto('about:blank');
  const client = await robot(name);
  // More than a sync brings: what is kept here does not reach to it.
  for (let at = 1; at <= 120; at += 1) {
    const body = { conversation_id: id, client_id: `m${at}`, content: `line ${at}` };
    await client.rest.call({ method: 'POST', path: '/api/messages', body });
  }
  await client.close();
  await page.goto(address);
  await ada.sees('line 120');
  await page.getByRole('button', { name: 'To the newest message' }).waitFor({ state: 'detached' });
  // And all the way back.
  await page.mouse.move(800, 400);
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, -3000);
      return ada.bubble('one').isVisible();
    })
    .toBe(true);
});

test('a link to a message leads there, in the page and in a new tab; a wrong one says so', async () => {
  const [ada, bob, name] = await pair();
  await ada.say('first of many');
  await ada.hasTick('first of many', 'delivered');
  await ada.chooseFor('first of many', 'Copy link to message');
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${server.url}/#/c/${idOf(ada)}/m/1`);
  const client = await robot(name);
  for (let at = 1; at <= 150; at += 1) {
    const body = { conversation_id: idOf(ada), client_id: `m${at}`, content: `line ${at}` };
    await client.rest.call({ method: 'POST', path: '/api/messages', body });
  }
  await client.close();
  await ada.sees('line 150', 30_000);
  await ada.page.goto(link);
  await ada.sees('first of many');
  const tab = await ada.context.newPage();
  await tab.goto(link);
  await tab.locator('.row.flash', { hasText: 'first of many' }).waitFor();
  await tab.close();
  // Somebody else's conversation.
  const eve = await newcomer();
  await eve.register(`eve-${count}`, 'Eve');
  await eve.page.goto(link);
  await eve.page.getByText('You are not in this conversation').waitFor();
  await bob.page.goto(link.replace(/1$/, '9999'));
  await bob.page.getByText('Message not available').waitFor();
});

test('messages that disappear: set for both, and gone while one looks', async () => {
  const [ada, bob, name] = await pair();
  await ada.say('This stays');
  await bob.open('Ada');
  await ada.page.getByRole('main').getByRole('link', { name: /Bob/ }).click();
  await ada.page.getByLabel('Disappearing messages').selectOption({ label: '1 hour' });
  await bob.page.getByText('Ada made new messages disappear after 1 hour').first().waitFor();
  const client = await robot(name);
  await client.changeConversation(idOf(ada), { ttl_seconds: 5 });
  await ada.page.getByRole('button', { name: 'Back' }).last().click();
  await bob.page.getByText('Ada made new messages disappear after 5 seconds').first().waitFor();
  await ada.say('This does not');
  await bob.sees('This does not');
  await bob.bubble('This does not').waitFor({ state: 'detached', timeout: 12_000 });
  await ada.bubble('This does not').waitFor({ state: 'detached' });
  await bob.sees('This stays');
  await client.close();
});

test('deleted for oneself: on all own devices, and for nobody else', async () => {
  const [ada, bob, name] = await pair();
  await ada.say('one');
  await ada.say('two');
  await ada.hasTick('two', 'delivered');
  const phone = await secondDevice(name);
  await phone.row('Bob').click();
  await phone.sees('one');
  await ada.chooseFor('one', 'Delete for me');
  await phone.bubble('one').waitFor({ state: 'detached' });
  await ada.bubble('one').waitFor({ state: 'detached' });
  await bob.open('Ada');
  await bob.sees('one');
});

test('on a phone a finger that stays opens the menu of a message, and of a conversation', async () => {
  const [ada, bob] = await pair();
  await ada.say('Hold this');
  const phone = await newcomer({ viewport: PHONE, touch: true });
  await phone.logIn(`bob-${count}`);
  await bob.open('Ada');
  const debug = await phone.context.newCDPSession(phone.page);
  const hold = async (element: ReturnType<Person['bubble']>): Promise<void> => {
    const box = await element.boundingBox();
    if (!box) throw new Error('it is not in sight');
    const touchPoints = [{ x: box.x + 20, y: box.y + box.height / 2 }];
    await debug.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
    await phone.page.waitForTimeout(700);
    await debug.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };
  await phone.row('Ada').waitFor();
  await hold(phone.row('Ada'));
  await phone.page.getByRole('menuitem', { name: 'Pin to the top' }).click();
  await phone.row('Ada').getByLabel('Pinned').waitFor();
  await phone.row('Ada').click();
  await phone.sees('Hold this');
  await hold(phone.bubble('Hold this'));
  await phone.page.getByRole('menuitem', { name: 'Reply' }).click();
  await phone.page.getByText('Reply to Ada').waitFor();
});
