import { expect, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { Person } from './browser.js';
import { Cast, hosted } from './cast.js';

let server: Server;
const cast = new Cast();

hosted((one) => (server = one));

async function person(username: string, name: string): Promise<Person> {
  const someone = await cast.stranger(server);
  await someone.register(username, name);
  return someone;
}

test('three browsers in a group: everyone hears, edits and reactions arrive, someone types', async () => {
  const ada = await person('ada', 'Ada');
  const bob = await person('bob', 'Bob');
  const eve = await person('eve', 'Eve');
  for (const other of [bob, eve]) {
    await ada.openChat(await other.link(), other === bob ? 'Bob' : 'Eve');
    await ada.say('Hello!');
  }
  await ada.makeGroup('Analytical engine', ['Bob', 'Eve']);
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
  await eve.chooseFor('Wrong window', 'Delete for everyone');
  await eve.confirm('Delete for everyone');
  await ada.sees('Message deleted');
  await ada.page.reload();
  await ada.sees('I do, all forty');
  await ada.sees('Message deleted');
});

test('roles in a group: made admin, renamed, removed, added again, handed on, left, closed', async () => {
  const ada = await person('roles-ada', 'Ada');
  const bob = await person('roles-bob', 'Bob');
  const eve = await person('roles-eve', 'Eve');
  for (const [other, name] of [
    [bob, 'Bob'],
    [eve, 'Eve'],
  ] as const) {
    await ada.openChat(await other.link(), name);
    await ada.say('Hello!');
  }
  await ada.makeGroup('Chess', ['Bob', 'Eve']);
  await bob.open('Chess');
  await bob.page.getByRole('link', { name: 'Chess' }).last().click();
  await bob.page.getByRole('heading', { name: 'About this group' }).waitFor();
  const rename = bob.page.getByRole('button', { name: 'Change name and description' });
  expect(await rename.isVisible()).toBe(false);

  await ada.page.getByRole('main').getByRole('link', { name: 'Chess' }).click();
  await ada.page.getByRole('main').getByRole('button', { name: 'Actions for Bob' }).click();
  await ada.page.getByRole('menuitem', { name: 'Make admin' }).click();
  await rename.click();
  await bob.page.getByLabel('Name of the group').fill('Chess on Mondays');
  await bob.page.getByLabel('What it is about').fill('Bring a clock.');
  await bob.page.getByRole('button', { name: 'Save' }).click();
  await eve.row('Chess on Mondays').waitFor();
  await ada.page.getByText('Bring a clock.').waitFor();

  await bob.page.getByRole('main').getByRole('button', { name: 'Actions for Eve' }).click();
  await bob.page.getByRole('menuitem', { name: 'Remove from the group' }).click();
  await bob.confirm('Remove from the group');
  await eve.open('Chess on Mondays');
  await eve.page.getByText('You are no longer in this group.').waitFor();
  expect(await eve.page.getByRole('textbox', { name: 'Message' }).count()).toBe(0);

  await ada.page.getByRole('button', { name: 'Add members' }).click();
  await ada.page.getByRole('main').getByRole('button', { name: /Eve/ }).click();
  await ada.page.getByRole('button', { name: 'Add 1' }).click();
  await eve.page.getByRole('textbox', { name: 'Message' }).waitFor();
  await eve.page.getByText('Ada added you').last().waitFor();

  await ada.page.getByRole('main').getByRole('button', { name: 'Actions for Bob' }).click();
  await ada.page.getByRole('menuitem', { name: 'Hand the group on' }).click();
  await ada.confirm('Hand the group on');
  await bob.page.getByRole('button', { name: 'Delete the group' }).waitFor();
  await ada.page.getByRole('button', { name: 'Delete the group' }).waitFor({ state: 'detached' });

  // Who has left keeps the name in what they said.
  await ada.page.getByRole('button', { name: 'Back' }).last().click();
  await ada.say('Farewell');
  await eve.sees('Farewell');
  await ada.page.getByRole('main').getByRole('link', { name: /Chess/ }).click();
  await ada.page.getByRole('button', { name: 'Leave the group' }).click();
  await ada.confirm('Leave');
  await eve.page.getByText('Ada left').last().waitFor();
  await eve.page.reload();
  await eve.bubble('Farewell').getByText('Ada').first().waitFor();

  await bob.page.getByRole('button', { name: 'Delete the group' }).click();
  await bob.confirm('Delete the group');
  await eve.page.getByText('You are no longer in this group.').waitFor();
});

test('a mention: found by the keyboard, marked for who is meant', async () => {
  const ada = await person('mention-ada', 'Ada');
  const bob = await person('mention-bob', 'Bob Kay');
  await ada.openChat(await bob.link(), 'Bob Kay');
  await ada.say('Hello!');
  await ada.makeGroup('Names', ['Bob Kay']);
  const box = ada.page.getByRole('textbox', { name: 'Message' });
  await box.pressSequentially('Ask @ka');
  await ada.page.getByRole('option', { name: /Bob Kay/ }).waitFor();
  await box.press('Enter');
  await box.pressSequentially('about it');
  expect(await box.inputValue()).toBe('Ask @mention-bob about it');
  await box.press('Enter');
  await bob.row('Names').getByRole('img', { name: 'You are mentioned' }).waitFor();
  await bob.open('Names');
  await bob.bubble('Ask').locator('.mention.me', { hasText: '@You' }).waitFor();
  await ada.bubble('Ask').locator('.mention', { hasText: '@Bob Kay' }).waitFor();
});

test('who has seen a message in a group', async () => {
  const ada = await person('seen-ada', 'Ada');
  const bob = await person('seen-bob', 'Bob');
  const eve = await person('seen-eve', 'Eve');
  for (const [other, name] of [
    [bob, 'Bob'],
    [eve, 'Eve'],
  ] as const) {
    await ada.openChat(await other.link(), name);
    await ada.say('Hello!');
  }
  await ada.makeGroup('Seen', ['Bob', 'Eve']);
  await ada.say('Who reads this?');
  await bob.open('Seen');
  await bob.sees('Who reads this?');
  await ada.hasTick('Who reads this?', 'delivered');
  const dialog = ada.page.getByRole('dialog', { name: 'Who has seen it' });
  await expect
    .poll(async () => {
      await ada.chooseFor('Who reads this?', 'Seen by…');
      await dialog.getByRole('listitem').first().waitFor();
      const read = await dialog.getByRole('listitem').filter({ has: ada.page.locator('[data-tick=read]') });
      const names = await read.allInnerTexts();
      await ada.page.keyboard.press('Escape');
      return names.map((one) => /Bob|Eve/.exec(one)?.[0]);
    })
    .toEqual(['Bob']);
});
