import type { Conversation } from '../conversation.js';
import type { OutboxEntry } from '../outbox_entry.js';
import type { Store, StoreBatch, StoreContents, StoredEvent } from './store.js';

/** Keeps everything in memory: for bots and tests. What a process forgets, sync brings back. */
export class MemoryStore implements Store {
  readonly #events = new Map<string, Map<number, StoredEvent>>();
  readonly #places = new Map<string, { conversationId: string; seq: number }>();
  readonly #conversations = new Map<string, Conversation>();
  readonly #outbox = new Map<string, OutboxEntry>();
  readonly #meta = new Map<string, unknown>();

  async load(): Promise<StoreContents> {
    return structuredClone({
      conversations: [...this.#conversations.values()],
      outbox: [...this.#outbox.values()].sort((a, b) => a.position - b.position),
      meta: Object.fromEntries(this.#meta),
    });
  }

  async save(batch: StoreBatch): Promise<void> {
    const copy = structuredClone(batch);
    for (const stored of copy.events ?? []) this.#putEvent(stored);
    for (const one of copy.conversations ?? []) this.#conversations.set(one.conversation_id, one);
    for (const entry of copy.outbox ?? []) this.#outbox.set(entry.client_id, entry);
    for (const clientId of copy.outboxDone ?? []) this.#outbox.delete(clientId);
    for (const [key, value] of Object.entries(copy.meta ?? {})) {
      if (value === undefined) this.#meta.delete(key);
      else this.#meta.set(key, value);
    }
  }

  #putEvent(stored: StoredEvent): void {
    const { event } = stored;
    const log = this.#events.get(event.conversation_id) ?? new Map<number, StoredEvent>();
    this.#events.set(event.conversation_id, log);
    log.set(event.seq, stored);
    if (event.type === 'void') return;
    this.#places.set(event.message_id, { conversationId: event.conversation_id, seq: event.seq });
  }

  async events(conversationId: string, first: number, last: number): Promise<StoredEvent[]> {
    const log = this.#events.get(conversationId);
    if (!log) return [];
    const found: StoredEvent[] = [];
    for (let seq = first; seq <= last; seq += 1) {
      const stored = log.get(seq);
      if (stored) found.push(stored);
    }
    return structuredClone(found);
  }

  async eventById(messageId: string): Promise<StoredEvent | undefined> {
    const place = this.#places.get(messageId);
    if (!place) return undefined;
    const stored = this.#events.get(place.conversationId)?.get(place.seq);
    // What has become void has no id any more.
    if (!stored || stored.event.type === 'void') return undefined;
    return structuredClone(stored);
  }

  async clear(what: 'log' | 'everything'): Promise<void> {
    this.#events.clear();
    this.#places.clear();
    this.#conversations.clear();
    if (what === 'log') return;
    this.#outbox.clear();
    this.#meta.clear();
  }

  async close(): Promise<void> {}
}
