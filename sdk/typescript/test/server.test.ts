import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore, ParleyClient, type Message, type Socket, type StoreBatch } from '../src/index.js';
import { contents, freshName, person, secondDevice, until } from './people.js';
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

class SlowStore extends MemoryStore {
  override async save(batch: StoreBatch): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await super.save(batch);
  }
}

async function pair(): Promise<[ParleyClient, ParleyClient, string]> {
  const [ada, bob] = [kept(await person(server, 'ada')), kept(await person(server, 'bob'))];
  const conversation = await ada.openDirect(bob.account!.user.user_id);
  return [ada, bob, conversation.conversation_id];
}

describe('messages', () => {
  test('a message arrives once, and its ticks go from sent to read', async () => {
    const [ada, bob, id] = await pair();
    const heard: Message[] = [];
    bob.events.on('message', ({ message }) => heard.push(message));
    await ada.send({ conversation_id: id, content: 'Hello, Bob!' });
    await until(() => heard.length > 0, 'bob hears');
    await until(() => ada.outbox.length === 0, 'ada has her ack');
    expect(heard.map((one) => one.content)).toEqual(['Hello, Bob!']);
    expect(bob.conversation(id)).toMatchObject({ unread: 1, last_seq: 1 });
    await until(() => ada.tick(ada.conversation(id)!, 1) === 'delivered', 'delivered');
    await bob.markRead(id, 1);
    expect(bob.conversation(id)?.unread).toBe(0);
    await until(() => ada.tick(ada.conversation(id)!, 1) === 'read', 'read');
  });

  test('many sends keep their order', async () => {
    const [ada, bob, id] = await pair();
    const texts = Array.from({ length: 30 }, (_, at) => `${at}`);
    for (const content of texts) await ada.send({ conversation_id: id, content });
    await until(() => [ada, bob].every((one) => one.conversation(id)?.last_seq === 30), 'all have come');
    expect(await contents(bob, id)).toEqual(texts);
    expect(await contents(ada, id)).toEqual(texts);
  });

  test('both talk at once, and both see the same log', async () => {
    const [ada, bob, id] = await pair();
    await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        await ada.send({ conversation_id: id, content: `a${at}` });
        await bob.send({ conversation_id: id, content: `b${at}` });
      }),
    );
    await until(() => [ada, bob].every((one) => one.conversation(id)?.last_seq === 40), 'all is here');
    const log = await contents(ada, id);
    expect(await contents(bob, id)).toEqual(log);
    expect(log.filter((one) => one.startsWith('a'))).toEqual(Array.from({ length: 20 }, (_, at) => `a${at}`));
  });

  test('a store that is slower than the conversation does not fall behind', async () => {
    const [ada, bob] = [
      kept(await person(server, 'ada', { store: new SlowStore() })),
      kept(await person(server, 'bob')),
    ];
    const { conversation_id: id } = await bob.openDirect(ada.account!.user.user_id);
    const texts = Array.from({ length: 300 }, (_, at) => `quick ${at}`);
    const told: (string | undefined)[] = [];
    ada.events.on('message', ({ message }) => told.push(message.content));
    for (const content of texts) await bob.send({ conversation_id: id, content });
    await until(() => bob.conversation(id)?.last_seq === 300, 'bob has sent', 30);
    // One write for each message would take 15 seconds more.
    await until(() => ada.conversation(id)?.last_seq === 300, 'ada has all', 3);
    expect(told).toEqual(texts);
    expect(await contents(ada, id)).toEqual(texts);
  }, 60_000);

  test('a definite refusal is failed, does not hold up the next, and can be discarded', async () => {
    const [ada, bob, id] = await pair();
    const nowhere = await ada.send({
      conversation_id: id.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      content: 'x',
    });
    await ada.send({ conversation_id: id, content: 'next' });
    await until(() => bob.conversation(id)?.last_seq === 1, 'the next arrives');
    const failed = await until(
      () => ada.outbox.find((entry) => entry.client_id === nowhere.client_id && entry.state === 'failed'),
      'the first fails',
    );
    expect(failed.error?.code).toBe('not_found');
    await ada.discard(nowhere.client_id);
    expect(ada.outbox).toEqual([]);
  });

  test('what is too large is refused before it is kept', async () => {
    const [ada, , id] = await pair();
    const sent = ada.send({ conversation_id: id, content: 'ä'.repeat(8193) });
    await expect(sent).rejects.toMatchObject({ code: 'too_large' });
    expect(ada.outbox).toEqual([]);
  });
});

describe('devices', () => {
  test('two devices of one user stay in step', async () => {
    const [ada, bob, id] = await pair();
    await bob.send({ conversation_id: id, content: 'one' });
    const phone = kept(await secondDevice(server, ada));
    await until(() => phone.conversation(id)?.last_seq === 1, 'the phone has caught up');
    await phone.send({ conversation_id: id, content: 'two' });
    await until(() => ada.conversation(id)?.last_seq === 2, 'the laptop sees it');
    expect(await contents(ada, id)).toEqual(['one', 'two']);
    await bob.send({ conversation_id: id, content: 'three' });
    await until(() => ada.conversation(id)?.unread === 1, 'unread on the laptop');
    await until(() => phone.conversation(id)?.last_seq === 3, 'the phone has it, too');
    await phone.markRead(id, 3);
    await until(() => ada.conversation(id)?.unread === 0, 'read on both');
  });

  test('a new device learns how far its messages have come', async () => {
    const [ada, bob, id] = await pair();
    await ada.send({ conversation_id: id, content: 'read before' });
    await until(() => bob.conversation(id)?.last_seq === 1, 'bob has it');
    await bob.markRead(id, 1);
    await until(() => ada.tick(ada.conversation(id)!, 1) === 'read', 'read');
    const phone = kept(await secondDevice(server, ada));
    await until(() => phone.conversation(id), 'the phone knows the conversation');
    const timeline = phone.timeline(id);
    await until(() => phone.tick(phone.conversation(id)!, 1) === 'read', 'read on the phone, too');
    timeline.close();
  });

  test('a device that is logged out is told so', async () => {
    const ada = kept(await person(server, 'ada'));
    const phone = kept(await secondDevice(server, ada));
    const reasons: string[] = [];
    phone.events.on('signed_out', (reason) => reasons.push(reason));
    const { items } = await ada.rest.devices();
    expect(items).toHaveLength(2);
    await ada.rest.logOutDevice(phone.account!.device_id);
    await until(() => reasons.length > 0, 'the phone is signed out');
    expect(reasons).toEqual(['revoked']);
    expect(phone.account).toBeNull();
  });

  test('an account is taken up from the store, and its log goes on', async () => {
    const store = new MemoryStore();
    const bob = kept(await person(server, 'bob'));
    const before = await person(server, 'ada', { store });
    const { conversation_id: id } = await before.openDirect(bob.account!.user.user_id);
    await before.send({ conversation_id: id, content: 'one' });
    await until(() => bob.conversation(id)?.last_seq === 1, 'bob has it');
    before.stop();
    await bob.send({ conversation_id: id, content: 'two' });
    const after = kept(new ParleyClient({ url: server.url, store }));
    expect(await after.restore()).toBe(true);
    expect(after.conversation(id)?.last_seq).toBe(1);
    after.start();
    await until(() => after.conversation(id)?.last_seq === 2, 'caught up');
    expect(await contents(after, id)).toEqual(['one', 'two']);
  });

  test('a wrong password is unauthorized', async () => {
    const client = kept(new ParleyClient({ url: server.url, store: new MemoryStore() }));
    const username = freshName('eve');
    await client.register({ username, password: 'correct horse battery' });
    const login = client.logIn({ login: username, password: 'wrong horse battery' });
    await expect(login).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('catching up', () => {
  test('a long absence: everything is there, in order, and acknowledged', async () => {
    const [ada, bob, id] = await pair();
    await bob.send({ conversation_id: id, content: 'first' });
    await until(() => ada.conversation(id)?.last_seq === 1, 'ada has the first');
    ada.stop();
    const texts = Array.from({ length: 330 }, (_, at) => `away ${at}`);
    for (const content of texts) await bob.send({ conversation_id: id, content });
    await until(() => bob.conversation(id)?.last_seq === 331, 'bob has sent', 60);
    ada.start();
    await until(() => ada.synced, 'synced');
    await until(() => ada.conversation(id)?.ranges.length === 1, 'no hole is left');
    expect(ada.conversation(id)).toMatchObject({ unread: 331, last_seq: 331, ranges: [[1, 331]] });
    await until(() => bob.tick(bob.conversation(id)!, 331) === 'delivered', 'delivered to the end');
    expect(await contents(ada, id)).toEqual(['first', ...texts]);
  }, 90_000);

  test('a timeline opens at its end, pages back, jumps, and follows', async () => {
    const [ada, bob, id] = await pair();
    for (let at = 1; at <= 180; at += 1) await bob.send({ conversation_id: id, content: `${at}` });
    await until(() => ada.conversation(id)?.last_seq === 180, 'all are here', 30);
    const phone = kept(await secondDevice(server, ada));
    await until(() => phone.conversation(id), 'the phone knows the conversation');
    const timeline = phone.timeline(id);
    const places = (): number[] => timeline.state.events.map((event) => event.seq);
    const span = (): unknown => [places().at(0), places().at(-1)];
    await timeline.open();
    expect(span()).toEqual([131, 180]);
    expect(await timeline.older()).toBe(50);
    expect(span()).toEqual([81, 180]);
    await timeline.open(20);
    expect(span()).toEqual([1, 70]);
    expect(timeline.state).toMatchObject({ hasOlder: false, hasNewer: true });
    await timeline.newer();
    expect(span()).toEqual([1, 120]);
    await timeline.newer();
    await timeline.newer();
    expect(timeline.state.hasNewer).toBe(false);
    await bob.send({ conversation_id: id, content: 'new' });
    await until(() => places().at(-1) === 181, 'the timeline follows');
    timeline.close();
  }, 60_000);
});

describe('bad times', () => {
  test('killed and restarted in mid-conversation: nothing lost, nothing twice', async () => {
    const own = await Server.start();
    const [ada, bob] = [kept(await person(own, 'ada')), kept(await person(own, 'bob'))];
    const { conversation_id: id } = await ada.openDirect(bob.account!.user.user_id);
    const texts = Array.from({ length: 60 }, (_, at) => `${at}`);
    for (const content of texts.slice(0, 20)) await ada.send({ conversation_id: id, content });
    await until(() => (bob.conversation(id)?.last_seq ?? 0) >= 5, 'some have come');
    const restart = own.stop().then(() => own.start());
    for (const content of texts.slice(20)) await ada.send({ conversation_id: id, content });
    await restart;
    ada.retryNow();
    bob.retryNow();
    await until(() => bob.conversation(id)?.last_seq === 60 && ada.outbox.length === 0, 'all have come', 30);
    expect(await contents(bob, id)).toEqual(texts);
    expect(await contents(ada, id)).toEqual(texts);
    await ada.close();
    await bob.close();
    await own.close();
  }, 60_000);

  test('a planned restart says how long to wait', async () => {
    const own = await Server.start();
    const ada = kept(await person(own, 'ada'));
    const states: string[] = [];
    ada.events.on('connection', (state) => states.push(state.status));
    await own.stop('SIGTERM');
    await until(() => states.includes('waiting'), 'it waits');
    await own.start();
    await until(() => ada.synced, 'it is back', 30);
    await ada.close();
    await own.close();
  }, 60_000);

  test('sends made offline survive a restart of the client', async () => {
    const store = new MemoryStore();
    const bob = kept(await person(server, 'bob'));
    const before = await person(server, 'ada', { store });
    const { conversation_id: id } = await before.openDirect(bob.account!.user.user_id);
    before.stop();
    for (const content of ['one', 'two', 'three']) await before.send({ conversation_id: id, content });
    const after = kept(new ParleyClient({ url: server.url, store }));
    await after.restore();
    expect(after.outbox.map((entry) => entry.content)).toEqual(['one', 'two', 'three']);
    after.start();
    await until(() => bob.conversation(id)?.last_seq === 3, 'they have come');
    expect(await contents(bob, id)).toEqual(['one', 'two', 'three']);
  });

  test('acks that are lost: the send is repeated, and is one message', async () => {
    const lossy = { lose: true };
    const bob = kept(await person(server, 'bob'));
    const socket = (url: string, protocol: string): Socket => deaf(url, protocol, lossy);
    const ada = kept(await person(server, 'ada', { socket }));
    const { conversation_id: id } = await ada.openDirect(bob.account!.user.user_id);
    await ada.send({ conversation_id: id, content: 'once' });
    await until(() => bob.conversation(id)?.last_seq === 1, 'bob has it');
    expect(ada.outbox).toHaveLength(1);
    lossy.lose = false;
    ada.stop();
    ada.start();
    await until(() => ada.outbox.length === 0, 'acknowledged at last');
    expect(await contents(bob, id)).toEqual(['once']);
    expect(await contents(ada, id)).toEqual(['once']);
  });

  test('live events that are lost: the gap is seen and filled', async () => {
    const lossy = { lose: false, every: 3 };
    const bob = kept(await person(server, 'bob'));
    const socket = (url: string, protocol: string): Socket => deaf(url, protocol, lossy);
    const ada = kept(await person(server, 'ada', { socket }));
    const { conversation_id: id } = await bob.openDirect(ada.account!.user.user_id);
    for (let at = 1; at <= 40; at += 1) await bob.send({ conversation_id: id, content: `${at}` });
    await bob.send({ conversation_id: id, content: 'last' });
    await until(() => ada.conversation(id)?.last_seq === 41, 'all have come');
    await until(() => ada.conversation(id)?.ranges.length === 1, 'without a hole');
    expect(await contents(ada, id)).toHaveLength(41);
    expect(ada.conversation(id)?.unread).toBe(41);
  });
});

/** A WebSocket that loses acks, or every so many live message. */
function deaf(url: string, protocol: string, lossy: { lose: boolean; every?: number }): Socket {
  const socket = new WebSocket(url, protocol) as unknown as Socket;
  let messages = 0;
  return new Proxy(socket, {
    set(target, name, value) {
      if (name !== 'onmessage') return Reflect.set(target, name, value, target);
      target.onmessage = (event: { data: string }) => {
        const { type, client_id: clientId } = JSON.parse(event.data) as Record<string, unknown>;
        if (lossy.lose && type === 'ack' && clientId) return;
        if (type === 'new_message' && lossy.every && ++messages % lossy.every === 0) return;
        (value as (event: unknown) => void)(event);
      };
      return true;
    },
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
