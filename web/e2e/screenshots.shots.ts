import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { Server } from '../../sdk/typescript/test/server.js';
import { DESKTOP, Person, PHONE, stopBrowser, type PersonOptions } from './browser.js';

// Every page, light and dark, on a phone and on a desktop: to be looked at. ./dev web screenshots
const folder = process.env['PARLEY_SCREENSHOTS'] ?? 'screenshots';
let server: Server;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  server = await Server.start();
});
afterAll(async () => {
  await stopBrowser();
  await server.close();
});

const TALK: [from: 'Ada' | 'Grace', text: string][] = [
  ['Grace', 'Good morning! Did the night run finish?'],
  ['Ada', 'It did. All green 🎉'],
  ['Ada', 'One test was slow, but that was the disk, not us.'],
  ['Grace', 'Lovely. Then let us ship it on **Thursday**, as planned.'],
  ['Ada', 'Thursday it is. I will write the notes this afternoon.'],
  [
    'Grace',
    'Could you look at https://example.org/release-plan before that? The part about *rollback* is still a bit thin, and I would like someone who was not there to be able to follow it.',
  ],
  ['Ada', 'Sure.'],
  ['Ada', 'The command was `parley admin backup`, wasn’t it?'],
  ['Grace', 'Yes, with the data directory:\n```\nparley admin backup --data /srv/parley\n```'],
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
  const others: [string, string][] = [
    ['Grace Hopper', ''],
    ['Alan Turing', 'Shall we meet at the machine at four?'],
    ['李小龙', '明天见！'],
    ['Jürgen', 'Schönes Wochenende 🙂'],
  ];
  let grace: Person | undefined;
  for (const [name, text] of others.reverse()) {
    const other = await Person.open(server);
    await other.register(`friend-${round}-${others.findIndex(([one]) => one === name)}`, name);
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

async function link(ada: Person): Promise<string> {
  return ada.link();
}

/** Shows the conversation with `name`, if it is not shown already. */
async function open(ada: Person, name: string): Promise<void> {
  if (await ada.page.getByRole('heading', { name }).isVisible()) return;
  await ada.page.getByRole('link', { name: new RegExp(name) }).click();
}

/** Ada makes a group with Alan and Jürgen; its conversation, page and menus. */
async function group(ada: Person, shot: (person: Person, name: string) => Promise<void>): Promise<void> {
  const alan = await Person.open(server);
  await alan.logIn(`friend-${talks}-2`);
  await ada.page.goto(`${server.url}/#/`);
  await ada.makeGroup('Analytical engine', ['Alan Turing', 'Jürgen']);
  await alan.open('Analytical engine');
  for (const [from, text] of [
    [ada, 'Minutes of Monday: https://example.org/minutes'],
    [alan, 'Thank you! Who brings the cards?'],
    [ada, `@friend-${talks}-2 you do, as always`],
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
    const shot = async (person: Person, name: string): Promise<void> => {
      // Nothing under the pointer.
      await person.page.mouse.move(500, 20);
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
    await ada.close();
  },
  180_000,
);
