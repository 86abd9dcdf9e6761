import type { Connection } from './connection.js';
import type { Conversation } from './conversation.js';
import { rangeAt } from './ranges.js';
import type { Replica } from './replica.js';

/** Acks of one conversation within this time are one. */
const COALESCE_MS = 100;
/** A connection that still lives this long after an ack has delivered it. */
const TOLD_MS = 2_000;

interface Told {
  delivered: number;
  read: number;
}

const NOTHING: Told = { delivered: 0, read: 0 };

/**
 * Tells the server how far this user has come: only what is here without a gap, at most one ack per conversation and
 * 100 ms, again after a reconnect where the last one may be lost.
 */
export class Receipts {
  readonly #told = new Map<string, Told>();
  /** How far was read, where that still waits for its turn. */
  readonly #wanted = new Map<string, number>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly connection: Connection,
    private readonly replica: Replica,
    private readonly exclusive: <Result>(act: () => Promise<Result>) => Promise<Result>,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** A new connection: what the last one was told may be lost. */
  opened(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#told.clear();
  }

  /** The log of this conversation is as complete as it gets. */
  schedule(conversationId: string): void {
    if (this.#timers.has(conversationId)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(conversationId);
      this.exclusive(() => this.#tell(conversationId)).catch(this.failed);
    }, COALESCE_MS);
    this.#timers.set(conversationId, timer);
  }

  /** Many calls while one is under way are one more. */
  async markRead(conversationId: string, seq: number): Promise<void> {
    const queued = this.#wanted.has(conversationId);
    this.#wanted.set(conversationId, Math.max(seq, this.#wanted.get(conversationId) ?? 0));
    if (queued) return;
    await this.exclusive(async () => {
      const wanted = this.#wanted.get(conversationId) ?? 0;
      this.#wanted.delete(conversationId);
      const conversation = this.replica.get(conversationId);
      if (!conversation) return;
      const read = Math.min(wanted, conversation.last_seq);
      await this.replica.setOwnCursor(conversation, { delivered: 0, read }, true);
    });
    this.schedule(conversationId);
  }

  async #tell(id: string): Promise<void> {
    const conversation = this.replica.get(id);
    if (!conversation || conversation.left) return;
    const delivered = contiguousEnd(conversation);
    const read = Math.min(conversation.read_seq, delivered);
    // What needs no telling: the server's own word, as long as nothing here has gone beyond it.
    const known = { delivered: conversation.delivered_seq, read: conversation.read_seq };
    const told = this.#told.get(id) ?? (conversation.unacked ? NOTHING : known);
    await this.replica.setOwnCursor(conversation, { delivered, read: 0 }, true);
    let sent = true;
    if (delivered > Math.max(told.delivered, read)) sent = this.#send(id, delivered, 'delivered');
    if (read > told.read) sent = this.#send(id, read, 'read') && sent;
    if (!sent) return;
    this.#told.set(id, { delivered, read });
    this.#confirmLater(id);
  }

  #send(id: string, seq: number, status: 'delivered' | 'read'): boolean {
    return this.connection.send({ type: 'ack', conversation_id: id, seq, status });
  }

  #confirmLater(id: string): void {
    const told = this.#told.get(id);
    setTimeout(() => {
      // Another ack has gone since, or another connection has come.
      if (this.#told.get(id) !== told || this.connection.state.status !== 'connected') return;
      this.exclusive(() => this.replica.setAcked(id)).catch(this.failed);
    }, TOLD_MS);
  }
}

/** The end of what is here without a gap from the delivered cursor on. */
function contiguousEnd(conversation: Conversation): number {
  const { delivered_seq: delivered, ranges } = conversation;
  return Math.max(delivered, rangeAt(ranges, delivered + 1)?.[1] ?? 0);
}
