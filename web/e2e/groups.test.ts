import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { Person, stopBrowser } from './browser.js';

// What not every server can do yet: these wait for a program that tells of it in its own /openapi.json.
let server: Server;
let paths: Record<string, Record<string, unknown>> = {};
const people: Person[] = [];
const pictures = process.env['PARLEY_SCREENSHOTS'];

beforeAll(async () => {
  server = await Server.start();
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: typeof paths };
  paths = document.paths;
});
afterAll(async () => {
  await stopBrowser();
  await server.close();
});
afterEach(async () => {
  const errors = people.flatMap((one) => one.errors);
  for (const one of people.splice(0)) await one.close();
  expect(errors).toEqual([]);
});

async function person(username: string, name: string): Promise<Person> {
  const someone = await Person.open(server);
  people.push(someone);
  await someone.register(username, name);
  return someone;
}

async function shot(someone: Person, name: string): Promise<void> {
  if (!pictures) return;
  await someone.page.waitForTimeout(300);
  await someone.page.screenshot({ path: `${pictures}/group-${name}.png` });
}

test('three browsers in a group: everyone hears, edits and reactions arrive, someone types', async (context) => {
  if (!paths['/api/groups']) context.skip('this server has no groups');
  const ada = await person('ada', 'Ada');
  const bob = await person('bob', 'Bob');
  const eve = await person('eve', 'Eve');
  for (const other of [bob, eve]) {
    await ada.openChat(await other.link(), other === bob ? 'Bob' : 'Eve');
    await ada.say('Hello!');
  }
  await ada.page.getByRole('button', { name: 'New chat' }).first().click();
  await ada.page.getByRole('button', { name: 'New group' }).click();
  await ada.page.getByLabel('Name of the group').fill('Analytical engine');
  await ada.page.getByRole('main').getByRole('button', { name: /Bob/ }).click();
  await ada.page.getByRole('main').getByRole('button', { name: /Eve/ }).click();
  await shot(ada, '1-new');
  await ada.page.getByRole('button', { name: 'Create group' }).click();
  await ada.page.getByText('3 members').waitFor();
  await ada.say('Who brings the cards?');
  for (const one of [bob, eve]) await one.page.getByRole('link', { name: /Analytical engine/ }).click();
  await bob.sees('Who brings the cards?');
  await eve.sees('Who brings the cards?');
  await ada.hasTick('Who brings', 'read');
  await bob.page.getByRole('textbox', { name: 'Message' }).pressSequentially('I d');
  await ada.page.locator('header').getByText('Bob typing…').waitFor();
  await bob.page.getByRole('textbox', { name: 'Message' }).press('ControlOrMeta+a');
  await bob.say('I do');
  await ada.sees('I do');
  await ada.bubble('I do').click({ button: 'right' });
  await shot(ada, '2-menu');
  await ada.page.getByRole('menuitem', { name: '👍' }).click();
  await eve.page.getByRole('button', { name: '👍' }).waitFor();
  await eve.page.getByRole('button', { name: '👍' }).click();
  await bob.page.getByRole('button', { name: /👍\s*2/ }).waitFor();
  await bob.bubble('I do').click({ button: 'right' });
  await bob.page.getByRole('menuitem', { name: 'Edit' }).click();
  await bob.say('I do, all forty');
  await eve.sees('I do, all forty');
  await eve.bubble('I do, all forty').getByText('edited').waitFor();
  await eve.say('Wrong window, sorry');
  await ada.sees('Wrong window');
  await eve.bubble('Wrong window').click({ button: 'right' });
  await eve.page.getByRole('menuitem', { name: 'Delete for everyone' }).click();
  await ada.sees('Message deleted');
  await shot(ada, '3-conversation');
  await ada.page.reload();
  await ada.sees('I do, all forty');
  await ada.sees('Message deleted');
});
