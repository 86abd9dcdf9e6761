import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { DESKTOP, Person, PHONE, stopBrowser, type PersonOptions } from './browser.js';

// Every page, light and dark, on a phone and on a desktop: to be looked at. ./dev screenshots
const folder = process.env['PARLEY_SCREENSHOTS'] ?? 'screenshots';
const OPERATOR = 'olga';
let server: Server;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  server = await Server.start();
  // The first account is the operator's.
  const operator = await Person.open(server);
  await operator.register(OPERATOR, 'Olga');
  await operator.close();
});
afterAll(async () => {
  await stopBrowser();
  await server.close();
});

const TALK: [from: 'Ada' | 'Grace', text: string][] = [
  ['Grace', 'Hello! Did the night run finish?'],
  ['Ada', 'It did. All green 🎉'],
  ['Ada', 'One test was slow, but that was the disk, not us.'],
  ['Grace', 'Lovely. Then let us ship it on **Thursday**, as planned.'],
  ['Ada', 'Thursday it is. I will write the notes this afternoon.'],
  [
    'Grace',
    'Could you look at https://example.org/release-plan before that? The part about *rollback* is still a bit thin, and I would like someone who was not there to be able to follow it.',
  ],
  ['Ada', 'Sure.'],
  ['Ada', 'The command was `parley backup`, wasn’t it?'],
  ['Grace', 'Yes, with a new directory:\n```\nparley backup /srv/b1\n```'],
  ['Grace', '👍'],
];

let round = 0;
/** The round whose friends are talking. */
let talks = 0;

async function talk(options: PersonOptions): Promise<Person> {
  round += 1;
  talks = round;
  const ada = await Person.open(server, options);
  await ada.register(`ada-${round}`, 'Ada Lovelace');
  const others: [string, string, string][] = [
    ['grace', 'Grace Hopper', ''],
    ['alan', 'Alan Turing', 'Shall we meet at the machine at four?'],
    ['bruce', '李小龙', '明天见！'],
    ['juergen', 'Jürgen', 'Schönes Wochenende 🙂'],
  ];
  let grace: Person | undefined;
  for (const [username, name, text] of others.reverse()) {
    const other = await Person.open(server);
    await other.register(`${username}${round}`, name);
    await other.openChat(await link(ada), 'Ada Lovelace');
    if (text) {
      await other.say(text);
      await other.hasTick(text, 'delivered');
      await other.close();
    } else grace = other;
  }
  for (const [from, text] of TALK) {
    if (from === 'Grace') await grace?.say(text);
    else {
      await open(ada, 'Grace Hopper');
      await ada.say(text);
    }
    const plain =
      text
        .replace(/\*|`|\n/g, ' ')
        .split(' ')
        .find((word) => word.length > 3) ?? text;
    await grace?.sees(plain);
    await open(ada, 'Grace Hopper');
    await ada.sees(plain);
  }
  await grace?.close();
  return ada;
}

type Shot = (person: Person, name: string) => Promise<void>;

async function goTo({ page }: Person, hash: string): Promise<void> {
  await page.goto(`${server.url}/${hash}`);
}

/** Finding people and messages; contacts and profiles; the end of the settings. */
async function people(ada: Person, shot: Shot): Promise<void> {
  const { page } = ada;
  await goTo(ada, '#/new');
  await page.getByLabel('Name or link of a friend').fill('alan');
  await page.getByRole('button', { name: `@alan${talks}` }).waitFor();
  await shot(ada, '15-found');
  await goTo(ada, '#/new/group');
  await page.getByLabel('Name of the group').fill('Chess on Mondays');
  await page.getByRole('main').getByRole('button', { name: 'Alan Turing' }).click();
  await shot(ada, '16-new-group');
  await goTo(ada, '#/');
  await page.getByRole('searchbox', { name: 'Search' }).fill('guest');
  await page.getByRole('heading', { name: 'People' }).waitFor();
  await shot(ada, '17-list-search');
  await page.getByRole('searchbox', { name: 'Search' }).fill('');
  await goTo(ada, '#/search/the');
  await page.locator('mark').first().waitFor();
  await shot(ada, '18-search');
  await goTo(ada, '#/');
  await ada.row('Grace Hopper').click();
  await page
    .getByRole('main')
    .getByRole('link', { name: /Grace Hopper/ })
    .click();
  await page.getByRole('button', { name: 'Add to contacts' }).click();
  await page.getByLabel('Nickname').waitFor();
  await shot(ada, '19-about-person');
  await goTo(ada, '#/contacts');
  await shot(ada, '20-contacts');
  await page.getByRole('main').getByRole('link', { name: /Grace/ }).click();
  await page.getByText('here since').waitFor();
  await shot(ada, '21-profile');
  await goTo(ada, '#/settings');
  await page.getByRole('button', { name: 'Delete account' }).click();
  await page.getByLabel('Your password, to be sure').scrollIntoViewIfNeeded();
  await shot(ada, '22-settings-end');
}

/** What the operator sees. */
async function administration(options: PersonOptions, shot: Shot): Promise<void> {
  const olga = await Person.open(server, options);
  await olga.logIn(OPERATOR);
  const { page } = olga;
  await goTo(olga, '#/admin/invites');
  await page.getByLabel('For whom').fill('Charles');
  await page.getByRole('button', { name: 'Make invitation' }).click();
  await page.getByRole('textbox', { name: 'New invitation' }).waitFor();
  await shot(olga, '24-admin-invites');
  for (const [at, section] of ['users', 'reports', 'broadcast', 'audit'].entries()) {
    await goTo(olga, `#/admin/${section}`);
    await page.waitForTimeout(600);
    await shot(olga, `${25 + at}-admin-${section}`);
  }
  await goTo(olga, '#/admin/statistics');
  await page.getByRole('img', { name: /^Connections: now/ }).waitFor();
  // A few samples, so that there are lines to see.
  await page.waitForTimeout(7000);
  await shot(olga, '23-admin');
  await olga.close();
}

/** What keeps people out. */
async function doors(options: PersonOptions, shot: Shot): Promise<void> {
  const stranger = await Person.open(server, options);
  await goTo(stranger, '#/invite/pin_0123456789');
  await stranger.page.getByLabel('Invitation code').waitFor();
  await shot(stranger, '29-invited');
  await goTo(stranger, '#/reset/prt_0123456789');
  await stranger.page.getByLabel('New password').fill('password1');
  await stranger.page.getByRole('button', { name: 'Set new password' }).click();
  await stranger.page.getByRole('alert').first().waitFor();
  await shot(stranger, '30-reset');
  await goTo(stranger, '#/');
  await stranger.register(`late-${++round}`);
  await stranger.context.clearCookies();
  await stranger.page.reload();
  await stranger.page.getByText('Your session has expired.').waitFor();
  await shot(stranger, '31-expired');
  await stranger.close();
}

async function link(ada: Person): Promise<string> {
  return ada.link();
}

/** Shows the conversation with `name`, if it is not shown already. */
async function open(ada: Person, name: string): Promise<void> {
  if (await ada.page.getByRole('heading', { name }).isVisible()) return;
  await ada.page.getByRole('link', { name: new RegExp(name) }).click();
}

/** Ada makes a group with Alan and Jürgen; its conversation, page and menus. */
async function group(ada: Person, shot: Shot): Promise<void> {
  const alan = await Person.open(server);
  await alan.logIn(`alan${talks}`);
  await ada.page.goto(`${server.url}/#/`);
  await ada.makeGroup('Analytical engine', ['Alan Turing', 'Jürgen']);
  await alan.open('Analytical engine');
  for (const [from, text] of [
    [ada, 'Minutes of Monday: https://example.org/minutes'],
    [alan, 'Thank you! Who brings the cards?'],
    [ada, `@alan${talks} you do, as always`],
    [alan, 'Of course. Shall I bring the spare ones, too?'],
  ] as const) {
    await from.say(text);
    for (const one of [ada, alan]) await one.sees(text.split(' ').at(-1) ?? text);
  }
  await ada.chooseFor('Minutes', 'Pin message');
  await ada.page.getByRole('button', { name: 'Pinned message' }).waitFor();
  await ada.hasTick('always', 'sent');
  await ada.page.getByRole('textbox', { name: 'Message' }).pressSequentially('Ask @');
  await shot(ada, '9-group');
  await ada.page.getByRole('textbox', { name: 'Message' }).fill('');
  await ada.chooseFor('always', 'Seen by…');
  await ada.page.getByRole('dialog').getByRole('listitem').first().waitFor();
  await shot(ada, '10-seen');
  await ada.page.keyboard.press('Escape');
  await ada.page.getByRole('main').getByRole('link', { name: 'Analytical engine' }).click();
  await ada.page.getByRole('heading', { name: 'Members' }).waitFor();
  await shot(ada, '11-about');
  await ada.page.getByRole('main').getByRole('button', { name: 'Actions for Alan Turing' }).click();
  await shot(ada, '12-member');
  await ada.page.keyboard.press('Escape');
  await ada.page.getByRole('button', { name: 'Leave the group' }).click();
  await shot(ada, '13-question');
  await ada.page.keyboard.press('Escape');
  await ada.page.goto(`${server.url}/#/`);
  await ada.chooseForRow('Alan Turing', 'Pin to the top');
  await ada.chooseForRow('Jürgen', 'Mute');
  await ada.row('Grace Hopper').click({ button: 'right' });
  await shot(ada, '14-list-menu');
  await ada.page.keyboard.press('Escape');
  await alan.close();
}

test.each([
  ['desktop', 'light'],
  ['desktop', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
] as const)(
  '%s, %s',
  async (size, theme) => {
    const options: PersonOptions = { viewport: size === 'phone' ? PHONE : DESKTOP, theme };
    const shot: Shot = async (person, name) => {
      // Nothing under the pointer.
      await person.page.mouse.move(0, 0);
      await person.page.waitForTimeout(400);
      await person.page.screenshot({ path: `${folder}/${size}-${theme}-${name}.png` });
    };
    const guest = await Person.open(server, options);
    await shot(guest, '1-welcome');
    await guest.register(`guest-${++round}`);
    await shot(guest, '2-empty');
    await guest.close();
    const ada = await talk(options);
    await shot(ada, '4-conversation');
    await ada.bubble('Lovely').click({ button: 'right' });
    await shot(ada, '5-menu');
    await ada.page.getByRole('menuitem', { name: 'Reply' }).click();
    await ada.page.getByRole('button', { name: 'Emoji' }).click();
    await ada.page.getByRole('dialog', { name: 'Emoji' }).locator('.line button').first().waitFor();
    await shot(ada, '6-composer');
    await ada.page.keyboard.press('Escape');
    await ada.page.goto(`${server.url}/#/`);
    await shot(ada, '3-list');
    await ada.page.getByRole('button', { name: 'New chat' }).first().click();
    await shot(ada, '7-new');
    await ada.page.goto(`${server.url}/#/settings`);
    await shot(ada, '8-settings');
    await group(ada, shot);
    await people(ada, shot);
    await ada.close();
    await administration(options, shot);
    await doors(options, shot);
  },
  180_000,
);
