import { describe, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { findings } from './axe.js';
import { type Person, type PersonOptions } from './browser.js';
import { Cast, goTo, LOOKS, hosted, shot } from './cast.js';

const cast = new Cast();
let server: Server;

hosted((one) => (server = one));

async function pair(options: PersonOptions = {}): Promise<[Person, Person]> {
  const ada = await cast.person(server, 'Ada', options);
  const bob = await cast.person(server, 'Bob');
  await ada.openChat(await bob.link(), 'Bob');
  await ada.say('Hello, Bob!');
  await ada.hasTick('Hello, Bob!', 'delivered');
  return [ada, bob];
}

/** Opens what the conversation's head leads to. */
async function info({ page }: Person): Promise<void> {
  await page.locator('main header a').click();
  await page.getByRole('heading', { name: 'About this conversation' }).waitFor();
}

describe.each(LOOKS)('%s', (look, options) => {
  test('a contact: added, named, found in the list, written to, removed', async () => {
    const [ada] = await pair(options);
    const { page } = ada;
    await info(ada);
    await page.getByRole('button', { name: 'Add to contacts' }).click();
    await page.getByLabel('Nickname').fill('Robert');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Robert' }).waitFor();
    expect(await findings(ada)).toEqual([]);
    await shot(ada, `people-${look}-info`);
    await goTo(ada, '#/new');
    await page.getByRole('button', { name: 'Contacts' }).click();
    await page
      .getByRole('link', { name: /Robert/ })
      .first()
      .waitFor();
    expect(await findings(ada)).toEqual([]);
    await shot(ada, `people-${look}-contacts`);
    await page
      .getByRole('main')
      .getByRole('link', { name: /Robert/ })
      .click();
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    await page.getByText('here since').waitFor();
    expect(await findings(ada)).toEqual([]);
    await shot(ada, `people-${look}-profile`);
    await page.getByRole('button', { name: 'Open chat' }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    // It is the server that keeps it.
    await page.reload();
    await page.getByRole('heading', { name: 'Robert' }).waitFor();
    await info(ada);
    await page.getByRole('button', { name: 'Remove from contacts' }).click();
    await page.getByRole('button', { name: 'Add to contacts' }).waitFor();
    await goTo(ada, '#/contacts');
    await page.getByText('No contacts yet').waitFor();
  });
});

test('a block from the conversation: nothing comes any more; unblocked in the list, it comes again', async () => {
  const [ada, bob] = await pair();
  const { page } = ada;
  await bob.page.getByRole('link', { name: /Ada/ }).click();
  await info(ada);
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByRole('dialog').getByText('They are not told').waitFor();
  await shot(ada, 'people-block');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
  await page.getByText('You have blocked this person.').waitFor();
  await bob.say('Are you there?');
  await bob.hasTick('Are you there?', 'sent');
  await page.getByRole('button', { name: 'Back' }).click();
  await ada.say('You cannot answer');
  await page.getByText('You have blocked this person.').first().waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  expect(await ada.bubble('Are you there?').count()).toBe(0);
  await goTo(ada, '#/contacts');
  await page.getByRole('heading', { name: 'Blocked' }).waitFor();
  expect(await findings(ada)).toEqual([]);
  await shot(ada, 'people-blocked');
  await page.getByRole('button', { name: 'Unblock: Bob' }).click();
  await page.getByRole('heading', { name: 'Blocked' }).waitFor({ state: 'detached' });
  await bob.say('And now?');
  await bob.hasTick('And now?', 'delivered');
});

test('who hides is seen by nobody as online, and shows again', async () => {
  const [ada, bob] = await pair();
  await ada.page.getByText('online', { exact: true }).first().waitFor();
  await goTo(bob, '#/settings');
  await bob.page.getByRole('switch', { name: /Hide when I am online/ }).check();
  await ada.page.getByText('online', { exact: true }).first().waitFor({ state: 'detached' });
  await bob.page.reload();
  await expect.poll(() => bob.page.getByRole('switch', { name: /Hide when/ }).isChecked()).toBe(true);
  await bob.page.getByRole('switch', { name: /Hide when/ }).uncheck();
  await ada.page.getByText('online', { exact: true }).first().waitFor();
});

test('a report of a person reaches the operators', async () => {
  const own = await Server.start();
  const operator = await cast.person(own, 'Olga');
  const ada = await cast.person(own, 'Ada');
  const bob = await cast.person(own, 'Bob');
  await ada.openChat(await bob.link(), 'Bob');
  await info(ada);
  await ada.page.getByRole('button', { name: 'Report' }).click();
  await ada.page.getByLabel(/What is wrong/).fill('Sells things that are not his');
  expect(await findings(ada)).toEqual([]);
  await shot(ada, 'people-report');
  await ada.page.getByRole('button', { name: 'Send report' }).click();
  await ada.page.getByText('Thank you.').waitFor();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await goTo(operator, '#/admin/reports');
  await operator.page.getByText('Sells things that are not his').waitFor();
  await operator.page.getByRole('link', { name: /Bob/ }).waitFor();
  await shot(operator, 'admin-reports');
  await operator.page.getByLabel('What was done').fill('Talked to him');
  await operator.page.getByRole('button', { name: 'Close' }).click();
  await operator.page.getByText('Talked to him').waitFor();
  await operator.page.reload();
  await operator.page.getByText('Nothing here.').waitFor();
  await operator.page.getByRole('button', { name: 'All' }).click();
  await operator.page.getByText('Talked to him').waitFor();
  // A message is reported from its menu, and the operators read it as it was.
  await ada.openChat(await bob.link(), 'Bob');
  await ada.say('What is it that you sell?');
  await bob.page.getByRole('link', { name: /Ada/ }).click();
  await bob.say('Buy my bridge');
  await ada.sees('Buy my bridge');
  await ada.bubble('Buy my bridge').click({ button: 'right' });
  await ada.page.getByRole('menuitem', { name: 'Report' }).click();
  await ada.page.getByLabel(/What is wrong/).fill('There is no bridge');
  await ada.page.getByRole('button', { name: 'Send report' }).click();
  await ada.page.getByText('Thank you.').waitFor();
  await operator.page.reload();
  await operator.page.locator('blockquote', { hasText: 'Buy my bridge' }).waitFor();
  await own.close();
});
