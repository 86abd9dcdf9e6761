import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Conversation } from '../conversation.js';
import type { OutboxEntry } from '../outbox_entry.js';
import type { Store, StoreBatch, StoreContents, StoredEvent } from './store.js';

interface Row extends StoredEvent {
  conversation_id: string;
  seq: number;
  /** Absent in a void. */
  message_id?: string;
}

interface Schema extends DBSchema {
  events: { key: [string, number]; value: Row; indexes: { message_id: string } };
  conversations: { key: string; value: Conversation };
  outbox: { key: string; value: OutboxEntry };
  meta: { key: string; value: unknown };
}

const NAMES = ['events', 'conversations', 'outbox', 'meta'] as const;

/** Keeps everything in IndexedDB; tabs of one origin share it. */
export class IndexedDbStore implements Store {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  static async open(name = 'parley'): Promise<IndexedDbStore> {
    const database = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        const events = fresh.createObjectStore('events', { keyPath: ['conversation_id', 'seq'] });
        events.createIndex('message_id', 'message_id');
        fresh.createObjectStore('conversations', { keyPath: 'conversation_id' });
        fresh.createObjectStore('outbox', { keyPath: 'client_id' });
        fresh.createObjectStore('meta');
      },
      // A newer version in another tab wants to upgrade: do not stand in its way.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new IndexedDbStore(database);
  }

  async load(): Promise<StoreContents> {
    const transaction = this.#database.transaction(['conversations', 'outbox', 'meta']);
    const meta = transaction.objectStore('meta');
    const [conversations, outbox, keys, values] = await Promise.all([
      transaction.objectStore('conversations').getAll(),
      transaction.objectStore('outbox').getAll(),
      meta.getAllKeys(),
      meta.getAll(),
    ]);
    return {
      conversations,
      outbox: outbox.sort((a, b) => a.position - b.position),
      meta: Object.fromEntries(keys.map((key, at) => [key, values[at]])),
    };
  }

  async save(batch: StoreBatch): Promise<void> {
    // The server has everything but the outbox, so a power cut may cost the rest.
    const durability = batch.outbox ? 'strict' : 'relaxed';
    const transaction = this.#database.transaction(NAMES, 'readwrite', { durability });
    const writes: Promise<unknown>[] = [];
    const events = transaction.objectStore('events');
    for (const stored of batch.events ?? []) writes.push(events.put(rowOf(stored)));
    const conversations = transaction.objectStore('conversations');
    for (const one of batch.conversations ?? []) writes.push(conversations.put(one));
    const outbox = transaction.objectStore('outbox');
    for (const entry of batch.outbox ?? []) writes.push(outbox.put(entry));
    for (const clientId of batch.outboxDone ?? []) writes.push(outbox.delete(clientId));
    const meta = transaction.objectStore('meta');
    for (const [key, value] of Object.entries(batch.meta ?? {})) {
      writes.push(value === undefined ? meta.delete(key) : meta.put(value, key));
    }
    await Promise.all([...writes, transaction.done]);
  }

  async events(conversationId: string, first: number, last: number): Promise<StoredEvent[]> {
    if (last < first) return [];
    const range = IDBKeyRange.bound([conversationId, first], [conversationId, last]);
    return (await this.#database.getAll('events', range)).map(storedOf);
  }

  async eventById(messageId: string): Promise<StoredEvent | undefined> {
    const row = await this.#database.getFromIndex('events', 'message_id', messageId);
    return row && storedOf(row);
  }

  async clear(what: 'log' | 'everything'): Promise<void> {
    const transaction = this.#database.transaction(NAMES, 'readwrite');
    const names = what === 'log' ? (['events', 'conversations'] as const) : NAMES;
    await Promise.all([...names.map((name) => transaction.objectStore(name).clear()), transaction.done]);
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}

function rowOf({ event, as_of }: StoredEvent): Row {
  const row: Row = { conversation_id: event.conversation_id, seq: event.seq, event, as_of };
  if (event.type !== 'void') row.message_id = event.message_id;
  return row;
}

function storedOf({ event, as_of }: Row): StoredEvent {
  return { event, as_of };
}
