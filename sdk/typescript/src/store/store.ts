import type { Event } from '../wire/events.js';
import type { Conversation } from '../conversation.js';
import type { OutboxEntry } from '../outbox_entry.js';

/** An event with the `seq` up to which what happened to it is known. */
export interface StoredEvent {
  event: Event;
  as_of: number;
}

/** Written as a whole or not at all. */
export interface StoreBatch {
  events?: StoredEvent[];
  conversations?: Conversation[];
  outbox?: OutboxEntry[];
  /** client_ids. */
  outboxDone?: string[];
  /** Values that structured cloning can carry; undefined removes. */
  meta?: Record<string, unknown>;
}

export interface StoreContents {
  conversations: Conversation[];
  outbox: OutboxEntry[];
  meta: Record<string, unknown>;
}

/**
 * Where a client keeps what it knows, one user's at a time. Events are kept by (conversation_id, seq) and found by
 * message_id; a batch is atomic. What was saved is seen by every later call.
 */
export interface Store {
  /** Everything but events. */
  load(): Promise<StoreContents>;
  save(batch: StoreBatch): Promise<void>;
  /** Those of `first` to `last` that are there, oldest first. */
  events(conversationId: string, first: number, last: number): Promise<StoredEvent[]>;
  eventById(messageId: string): Promise<StoredEvent | undefined>;
  /** Forgets events and conversations; `everything` takes the outbox and meta too. */
  clear(what: 'log' | 'everything'): Promise<void>;
  close(): Promise<void>;
}
