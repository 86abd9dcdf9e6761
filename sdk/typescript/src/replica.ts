import { amend } from './amend.js';
import type { Conversation, Cursor } from './conversation.js';
import { Emitter } from './emitter.js';
import { addRange, covers, rangeAt } from './ranges.js';
import type { Store, StoredEvent } from './store/store.js';
import { isAmendment, isExpired, type Amendment, type Event, type Message } from './wire/events.js';
import type { ConversationFrame, ReceiptAck } from './wire/frames.js';

export interface ReplicaEvents {
  /** A conversation is new or has changed. */
  conversation: Conversation;
  /** Events that are new or have changed, oldest first. */
  events: { conversationId: string; events: Event[]; added: Event[] };
  /** These messages' present state is not known here: ask for it. */
  stale: string[];
  /** Everything was forgotten. */
  reset: undefined;
}

/**
 * This client's copy of conversations and their logs: takes what the server says, writes it to the store, tells who
 * listens. Its methods run one at a time (Sync sees to that); it does no networking.
 */
export class Replica {
  readonly events = new Emitter<ReplicaEvents>();
  readonly #conversations = new Map<string, Conversation>();
  me = '';

  constructor(private readonly store: Store) {}

  load(conversations: Conversation[]): void {
    this.#conversations.clear();
    for (const one of conversations) this.#conversations.set(one.conversation_id, one);
    this.events.emit('reset', undefined);
  }

  /** Forgets the log; the outbox and the account stay. */
  async reset(): Promise<void> {
    await this.store.clear('log');
    this.load([]);
  }

  get(conversationId: string): Conversation | undefined {
    return this.#conversations.get(conversationId);
  }

  all(): Conversation[] {
    return [...this.#conversations.values()];
  }

  /** The events of `first` to `last` that are here, oldest first. */
  async read(conversationId: string, first: number, last: number): Promise<Event[]> {
    const rows = await this.store.events(conversationId, Math.max(1, first), last);
    return (await this.#forgetExpired(rows)).map((row) => row.event);
  }

  async message(messageId: string): Promise<Event | undefined> {
    const row = await this.store.eventById(messageId);
    if (!row) return undefined;
    const [kept] = await this.#forgetExpired([row]);
    return kept?.event.type === 'void' ? undefined : kept?.event;
  }

  /** Messages whose time is over are void, here as on the server: their content is kept no longer. */
  async #forgetExpired(rows: StoredEvent[]): Promise<StoredEvent[]> {
    const now = Date.now();
    const expired: StoredEvent[] = [];
    const kept = rows.map((row): StoredEvent => {
      if (!isExpired(row.event, now)) return row;
      const { conversation_id, seq } = row.event;
      const gone: StoredEvent = { event: { type: 'void', conversation_id, seq }, as_of: row.as_of };
      expired.push(gone);
      return gone;
    });
    if (expired.length > 0) await this.store.save({ events: expired });
    return kept;
  }

  async takeConversation(frame: ConversationFrame): Promise<Conversation> {
    const { type: _type, ref: _ref, conversation_type: type, ...said } = frame;
    const before = this.get(frame.conversation_id);
    const conversation: Conversation = {
      ...said,
      type,
      cursors: mergeCursors(before?.cursors ?? {}, frame.members ?? [], this.me),
      ranges: before?.ranges ?? [],
      read_seq: Math.max(said.read_seq, before?.read_seq ?? 0),
      delivered_seq: Math.max(said.delivered_seq, before?.delivered_seq ?? 0),
    };
    if (before?.unacked) conversation.unacked = true;
    if (before && before.last_seq > said.last_seq) {
      // Live events have run ahead of what the server says.
      conversation.last_seq = before.last_seq;
      conversation.last_event = before.last_event;
    } else if (before?.last_event && said.last_event && !isPreview(said.last_event)) {
      conversation.last_event = before.last_event;
    }
    await this.#recount(conversation);
    return this.#put(conversation, []);
  }

  /**
   * Takes a piece of the log, oldest first and without a gap in it. `asOf`: up to which `seq` what has happened to these
   * messages is in them (they were asked for when that was the newest one known).
   */
  async takeEvents(conversationId: string, events: Event[], asOf: number): Promise<void> {
    const conversation = this.get(conversationId);
    const [first, last] = [events[0], events.at(-1)];
    if (!conversation || !first || !last) return;
    const next: Conversation = {
      ...conversation,
      ranges: addRange(conversation.ranges, first.seq, last.seq),
    };
    const rows = new Map<string, StoredEvent>();
    for (const event of events) {
      rows.set(keyOf(event), { event, as_of: Math.max(asOf, event.seq) });
    }
    await this.#amendAll(next, events.filter(isAmendment), rows);
    for (const event of events) this.#advance(next, event);
    const stored = [...rows.values()].sort((a, b) => a.event.seq - b.event.seq);
    if (next.last_event?.type === 'new_message') {
      next.last_event = rows.get(next.last_event.message_id)?.event ?? next.last_event;
    }
    const added = events.filter((event) => !rangeAt(conversation.ranges, event.seq));
    await this.#put(next, stored, added);
  }

  /** There is nothing for this reader from `first` to `last`. */
  async takeNothing(conversationId: string, first: number, last: number): Promise<void> {
    const conversation = this.get(conversationId);
    if (!conversation || last < first) return;
    await this.#put({ ...conversation, ranges: addRange(conversation.ranges, first, last) }, []);
  }

  /** Messages as they now are. */
  async takeMessages(messages: Event[], asOf: number): Promise<void> {
    for (const event of messages) {
      const conversation = this.get(event.conversation_id);
      if (!conversation || !rangeAt(conversation.ranges, event.seq)) continue;
      await this.#put({ ...conversation }, [{ event, as_of: Math.max(asOf, event.seq) }]);
    }
  }

  async takeReceipt(receipt: ReceiptAck): Promise<void> {
    const conversation = this.get(receipt.conversation_id);
    if (!conversation) return;
    const read = receipt.status === 'read' ? receipt.seq : 0;
    if (receipt.user_id === this.me) {
      await this.setOwnCursor(conversation, { delivered: receipt.seq, read }, false);
      return;
    }
    const cursors = { ...conversation.cursors };
    raise(cursors, receipt.user_id, { delivered: receipt.seq, read });
    await this.#put({ ...conversation, cursors }, []);
  }

  /** Moves the own cursors forward. `unacked`: the server has still to be told. */
  async setOwnCursor(conversation: Conversation, cursor: Cursor, unacked: boolean): Promise<void> {
    const next = {
      ...conversation,
      delivered_seq: Math.max(conversation.delivered_seq, cursor.delivered, cursor.read),
      read_seq: Math.max(conversation.read_seq, cursor.read),
    };
    const moved = next.delivered_seq > conversation.delivered_seq || next.read_seq > conversation.read_seq;
    if (!moved) return;
    if (unacked) next.unacked = true;
    await this.#recount(next);
    await this.#put(next, []);
  }

  async setAcked(conversationId: string): Promise<void> {
    const conversation = this.get(conversationId);
    if (!conversation?.unacked) return;
    const { unacked: _unacked, ...acked } = conversation;
    await this.#put(acked, []);
  }

  /** Folds what `amendments` say into the messages they are about, in `rows` or in the store. */
  async #amendAll(
    conversation: Conversation,
    amendments: Amendment[],
    rows: Map<string, StoredEvent>,
  ): Promise<void> {
    const stale: string[] = [];
    for (const event of amendments) {
      const row = rows.get(event.target_id) ?? (await this.store.eventById(event.target_id));
      if (!row || row.event.type !== 'new_message' || event.seq <= row.as_of) continue;
      // With a hole before it, other changes may be missing: only the server knows.
      if (!covers(conversation.ranges, row.as_of + 1, event.seq - 1)) {
        stale.push(event.target_id);
        continue;
      }
      rows.set(event.target_id, { event: amend(row.event, event), as_of: event.seq });
    }
    if (stale.length > 0) this.events.emit('stale', stale);
  }

  /** What a newest event means for head, preview, unread count and cursors. */
  #advance(conversation: Conversation, event: Event): void {
    const sender = event.type === 'void' ? null : event.sender_id;
    if (sender !== null && sender !== this.me && conversation.type === 'direct') {
      const cursors = { ...conversation.cursors };
      raise(cursors, sender, { delivered: event.seq, read: event.seq });
      conversation.cursors = cursors;
    }
    if (event.seq <= conversation.last_seq) return;
    conversation.last_seq = event.seq;
    if (isPreview(event) || !conversation.last_event) conversation.last_event = event;
    if (event.type !== 'new_message') return;
    if (sender !== this.me) {
      if (event.seq > conversation.read_seq) conversation.unread += 1;
      return;
    }
    // Who sends has read.
    conversation.read_seq = Math.max(conversation.read_seq, event.seq);
    conversation.unread = 0;
  }

  /** Unread messages, where the log is here to count them; otherwise what the server said stays. */
  async #recount(conversation: Conversation): Promise<void> {
    const { read_seq: read, last_seq: last } = conversation;
    if (read >= last) {
      conversation.unread = 0;
      return;
    }
    if (!covers(conversation.ranges, read + 1, last)) return;
    const events = await this.read(conversation.conversation_id, read + 1, last);
    conversation.unread = events.filter((event) => isUnread(event, this.me)).length;
  }

  async #put(conversation: Conversation, stored: StoredEvent[], added: Event[] = []): Promise<Conversation> {
    await this.store.save({ conversations: [conversation], events: stored });
    this.#conversations.set(conversation.conversation_id, conversation);
    if (stored.length > 0) {
      const events = stored.map((row) => row.event);
      this.events.emit('events', { conversationId: conversation.conversation_id, events, added });
    }
    this.events.emit('conversation', conversation);
    return conversation;
  }
}

function keyOf(event: Event): string {
  return event.type === 'void' ? `void:${event.seq}` : event.message_id;
}

/** Is it something that a list of conversations shows as the newest? */
function isPreview(event: Event): boolean {
  return event.type !== 'void' && !isAmendment(event);
}

function isUnread(event: Event, me: string): event is Message {
  return event.type === 'new_message' && event.sender_id !== me;
}

function raise(cursors: Record<string, Cursor>, userId: string, to: Cursor): void {
  const before = cursors[userId] ?? { delivered: 0, read: 0 };
  cursors[userId] = {
    delivered: Math.max(before.delivered, to.delivered, to.read),
    read: Math.max(before.read, to.read),
  };
}

function mergeCursors(
  before: Record<string, Cursor>,
  members: NonNullable<ConversationFrame['members']>,
  me: string,
): Record<string, Cursor> {
  const cursors = { ...before };
  for (const member of members) {
    if (member.user_id === null || member.user_id === me) continue;
    if (member.delivered_seq === undefined && member.read_seq === undefined) continue;
    raise(cursors, member.user_id, {
      delivered: member.delivered_seq ?? 0,
      read: member.read_seq ?? 0,
    });
  }
  return cursors;
}
