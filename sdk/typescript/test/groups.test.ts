import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore, ParleyClient, type Message } from '../src/index.js';
import { PASSWORD, person, secondDevice, until } from './people.js';
import { Server } from './server.js';

let server: Server;
const open: ParleyClient[] = [];

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());
afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});

function kept(client: ParleyClient): ParleyClient {
  open.push(client);
  client.events.on('error', (error) => {
    throw error;
  });
  return client;
}

async function trio(): Promise<[ParleyClient, ParleyClient, ParleyClient, string]> {
  const [ada, bob, eve] = [
    kept(await person(server, 'ada')),
    kept(await person(server, 'bob')),
    kept(await person(server, 'eve')),
  ];
  const members = [bob, eve].map((one) => one.account!.user.user_id);
  const group = await ada.createGroup('The three', members);
  for (const one of [bob, eve])
    await until(() => one.conversation(group.conversation_id), 'the group is known');
  return [ada, bob, eve, group.conversation_id];
}

async function messages(client: ParleyClient, id: string): Promise<Message[]> {
  const events = await client.history(id);
  return events.filter((event): event is Message => event.type === 'new_message');
}

describe('groups', () => {
  test('everyone hears everyone, and a message is read when all have read it', async () => {
    const [ada, bob, eve, id] = await trio();
    expect(ada.conversation(id)).toMatchObject({ type: 'group', title: 'The three', role: 'owner' });
    await ada.send({ conversation_id: id, content: 'Hello, both!' });
    await until(() => [bob, eve].every((one) => one.conversation(id)?.unread === 1), 'both have it');
    const seq = ada.conversation(id)!.last_seq;
    await bob.markRead(id, seq);
    await until(() => ada.tick(ada.conversation(id)!, seq) === 'delivered', 'delivered to all');
    await eve.markRead(id, seq);
    await until(() => ada.tick(ada.conversation(id)!, seq) === 'read', 'read by all');
  });

  test('who is removed hears no more; who is added hears from there on', async () => {
    const [ada, bob, eve, id] = await trio();
    await ada.send({ conversation_id: id, content: 'one' });
    await until(() => eve.conversation(id)?.unread === 1, 'eve has one');
    await ada.rest.removeMember(id, eve.account!.user.user_id);
    await until(() => eve.conversation(id)?.left === true, 'eve knows that she is out');
    const dan = kept(await person(server, 'dan'));
    await ada.rest.addMembers(id, [dan.account!.user.user_id]);
    await until(() => dan.conversation(id), 'dan knows the group');
    await bob.send({ conversation_id: id, content: 'two' });
    await until(async () => (await messages(dan, id)).length === 1, 'dan has two');
    expect((await messages(dan, id)).map((one) => one.content)).toEqual(['two']);
    expect((await messages(eve, id)).map((one) => one.content)).toEqual(['one']);
  });
});

describe('changes', () => {
  test('edits, reactions and deletions reach everyone, also who was away', async () => {
    const [ada, bob, eve, id] = await trio();
    await ada.send({ conversation_id: id, content: 'first' });
    await ada.send({ conversation_id: id, content: 'second' });
    await until(async () => (await messages(eve, id)).length === 2, 'eve has both');
    const [first, second] = (await messages(eve, id)) as [Message, Message];
    eve.stop();
    await ada.editMessage(first.message_id, 'first, edited');
    await bob.rest.react(first.message_id, '👍');
    await bob.rest.react(first.message_id, '🎉');
    await bob.rest.react(first.message_id, '🎉', true);
    await ada.rest.deleteMessage(second.message_id);
    const seen = async (client: ParleyClient): Promise<boolean> => {
      const [one, two] = await messages(client, id);
      return one?.content === 'first, edited' && one.reactions?.length === 1 && two?.deleted === true;
    };
    for (const one of [ada, bob]) await until(() => seen(one), 'who was there sees it');
    eve.start();
    await until(() => seen(eve), 'who was away sees it');
    const phone = kept(await secondDevice(server, eve));
    await until(() => phone.conversation(id), 'a new device knows the group');
    await until(() => seen(phone), 'a new device sees it');
    expect((await messages(eve, id))[0]?.reactions).toEqual([
      { emoji: '👍', user_ids: [bob.account!.user.user_id] },
    ]);
  });

  test('own settings are on all devices', async () => {
    const [ada, , , id] = await trio();
    const phone = kept(await secondDevice(server, ada));
    await ada.changeConversation(id, { pinned: true, draft: 'half a' });
    await until(() => phone.conversation(id)?.draft === 'half a', 'the phone has the draft');
    expect(phone.conversation(id)?.pinned).toBe(true);
  });

  test('typing is told, and ends with the message', async () => {
    const [ada, bob, , id] = await trio();
    ada.setTyping(id, true);
    await until(() => bob.typing(id).length === 1, 'bob sees ada type');
    await ada.send({ conversation_id: id, content: 'done' });
    await until(() => bob.typing(id).length === 0, 'and no more');
  });

  test('presence is told of who is watched, also after a reconnect', async () => {
    const [ada, bob] = await trio();
    const bobId = bob.account!.user.user_id;
    ada.watchPresence([bobId]);
    await until(() => ada.presence(bobId)?.status === 'online', 'bob is online');
    ada.stop();
    bob.setPresence('away');
    ada.start();
    await until(() => ada.presence(bobId)?.status === 'away', 'bob is away');
  });

  test('a message whose time is over is void, and kept nowhere', async () => {
    const [ada, , eve, id] = await trio();
    await ada.changeConversation(id, { ttl_seconds: 5 });
    await until(() => ada.conversation(id)?.ttl_seconds === 5, 'it is set');
    await ada.send({ conversation_id: id, content: 'gone soon' });
    await until(() => eve.conversation(id)?.unread === 1, 'eve has it');
    const [message] = await messages(eve, id);
    expect(message).toMatchObject({ content: 'gone soon', ttl_seconds: 5 });
    for (const one of [ada, eve]) {
      await until(async () => (await messages(one, id)).length === 0, 'its time is over');
    }
    expect(await eve.message(message!.message_id)).toBeUndefined();
  });

  test('a message that is not here is asked for', async () => {
    const [ada, bob, , id] = await trio();
    await ada.send({ conversation_id: id, content: 'one' });
    await until(async () => (await messages(bob, id)).length === 1, 'bob has it');
    const [message] = await messages(bob, id);
    const phone = new ParleyClient({ url: server.url, store: new MemoryStore() });
    open.push(phone);
    await phone.logIn({ login: bob.account!.user.username, password: PASSWORD });
    expect(await phone.message(message!.message_id)).toMatchObject({ content: 'one' });
  });
});
