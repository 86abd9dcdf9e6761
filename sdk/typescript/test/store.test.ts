import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  MemoryStore,
  type Conversation,
  type OutboxEntry,
  type Store,
  type StoredEvent,
} from '../src/index.js';
import { IndexedDbStore } from '../src/indexeddb.js';

const ID = '64d4a800-e626-11f1-8153-f04ea8000400';

function message(seq: number, content = `message ${seq}`): StoredEvent {
  return {
    as_of: seq,
    event: {
      type: 'new_message',
      message_id: `m${seq}`,
      conversation_id: ID,
      seq,
      sender_id: 'ada',
      sender_device_id: null,
      content,
      message_type: 'text',
      timestamp: '2026-01-01T00:00:00.000Z',
    },
  };
}

function conversation(lastSeq: number): Conversation {
  return {
    conversation_id: ID,
    type: 'direct',
    title: 'Bob',
    members: [],
    last_seq: lastSeq,
    last_event: null,
    read_seq: 0,
    delivered_seq: 0,
    unread: 0,
    muted: false,
    muted_until: null,
    pinned: false,
    archived: false,
    draft: null,
    member_count: 2,
    ttl_seconds: 0,
    pinned_message_ids: [],
    created_at: '2026-01-01T00:00:00.000Z',
    cursors: {},
    ranges: [[1, lastSeq]],
  };
}

function entry(clientId: string, position: number): OutboxEntry {
  return {
    client_id: clientId,
    position,
    content: 'hello',
    conversation_id: ID,
    created_at: '2026-01-01T00:00:00.000Z',
    owner: 'tab',
    state: 'queued',
  };
}

let databases = 0;
const stores: [string, () => Promise<Store>][] = [
  ['MemoryStore', async () => new MemoryStore()],
  ['IndexedDbStore', () => IndexedDbStore.open(`test-${++databases}`)],
];

describe.each(stores)('%s', (_name, open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  test('is empty at first', async () => {
    expect(await store.load()).toEqual({ conversations: [], outbox: [], meta: {} });
    expect(await store.events(ID, 1, 100)).toEqual([]);
    expect(await store.eventById('m1')).toBeUndefined();
  });

  test('reads events by place, oldest first, both ends included', async () => {
    await store.save({ events: [message(3), message(1), message(2), message(5), message(10)] });
    const found = await store.events(ID, 2, 9);
    expect(found.map((row) => row.event.seq)).toEqual([2, 3, 5]);
    expect(await store.events(ID, 4, 3)).toEqual([]);
    expect(await store.events('another', 1, 10)).toEqual([]);
  });

  test('finds an event by its id, as it was last saved', async () => {
    await store.save({ events: [message(7, 'before')] });
    await store.save({ events: [message(7, 'after')] });
    expect((await store.eventById('m7'))?.event).toMatchObject({ content: 'after' });
    expect(await store.events(ID, 1, 10)).toHaveLength(1);
  });

  test('a void has no id', async () => {
    await store.save({ events: [message(7)] });
    const gone: StoredEvent = { as_of: 7, event: { type: 'void', conversation_id: ID, seq: 7 } };
    await store.save({ events: [gone] });
    expect(await store.eventById('m7')).toBeUndefined();
    expect(await store.events(ID, 7, 7)).toEqual([gone]);
  });

  test('keeps conversations, outbox in order, and meta', async () => {
    await store.save({
      conversations: [conversation(4)],
      outbox: [entry('b', 2), entry('a', 1)],
      meta: { epoch: 3, sync_token: 'x' },
    });
    await store.save({ conversations: [conversation(5)], meta: { sync_token: undefined } });
    const { conversations, outbox, meta } = await store.load();
    expect(conversations).toEqual([conversation(5)]);
    expect(outbox.map((one) => one.client_id)).toEqual(['a', 'b']);
    expect(meta).toEqual({ epoch: 3 });
    await store.save({ outboxDone: ['a'] });
    expect((await store.load()).outbox).toHaveLength(1);
  });

  test('what it gave and got is a copy', async () => {
    const given = conversation(4);
    await store.save({ conversations: [given] });
    given.title = 'changed';
    const [kept] = (await store.load()).conversations;
    expect(kept?.title).toBe('Bob');
  });

  test('forgets the log and keeps the rest, or forgets everything', async () => {
    const all = {
      events: [message(1)],
      conversations: [conversation(1)],
      outbox: [entry('a', 1)],
      meta: { epoch: 3 },
    };
    await store.save(all);
    await store.clear('log');
    expect(await store.load()).toEqual({ conversations: [], outbox: all.outbox, meta: all.meta });
    expect(await store.events(ID, 1, 1)).toEqual([]);
    expect(await store.eventById('m1')).toBeUndefined();
    await store.clear('everything');
    expect(await store.load()).toEqual({ conversations: [], outbox: [], meta: {} });
  });
});

test('IndexedDbStore survives being closed', async () => {
  const before = await IndexedDbStore.open('survives');
  await before.save({ events: [message(1)], outbox: [entry('a', 1)] });
  await before.close();
  const after = await IndexedDbStore.open('survives');
  expect(await after.events(ID, 1, 1)).toHaveLength(1);
  expect((await after.load()).outbox).toHaveLength(1);
  await after.close();
});
