import { Emitter } from './emitter.js';
import type { PresenceFrame, TypingFrame } from './wire/frames.js';

/** A typing state ends by itself after this time. */
const TYPING_MS = 6_000;
/** The own typing state is told again at most so often. */
const TELL_MS = 3_000;

interface PresenceEvents {
  typing: { conversationId: string; userIds: string[] };
  presence: { userId: string; status: PresenceFrame['status']; lastSeen: string | null };
}

/** Who is typing and who is there: what passes and is kept nowhere. */
export class Presence {
  readonly events = new Emitter<PresenceEvents>();
  readonly #typing = new Map<string, Map<string, ReturnType<typeof setTimeout>>>();
  readonly #told = new Map<string, number>();
  readonly #known = new Map<string, { status: PresenceFrame['status']; lastSeen: string | null }>();

  typing(conversationId: string): string[] {
    return [...(this.#typing.get(conversationId)?.keys() ?? [])];
  }

  of(userId: string): { status: PresenceFrame['status']; lastSeen: string | null } | undefined {
    return this.#known.get(userId);
  }

  takeTyping({ conversation_id: id, user_id: userId, active }: TypingFrame): void {
    this.stopped(id, userId);
    if (!active) return;
    const who = this.#typing.get(id) ?? new Map<string, ReturnType<typeof setTimeout>>();
    this.#typing.set(id, who);
    const timer = setTimeout(() => this.stopped(id, userId), TYPING_MS);
    who.set(userId, timer);
    this.#tell(id);
  }

  /** They have sent, or stopped. */
  stopped(conversationId: string, userId: string): void {
    const who = this.#typing.get(conversationId);
    const timer = who?.get(userId);
    if (!who || timer === undefined) return;
    clearTimeout(timer);
    who.delete(userId);
    this.#tell(conversationId);
  }

  takePresence(frame: PresenceFrame): void {
    const now = { status: frame.status, lastSeen: frame.last_seen ?? null };
    this.#known.set(frame.user_id, now);
    this.events.emit('presence', { userId: frame.user_id, ...now });
  }

  /** Is it time to tell again that the own user types? */
  shouldTell(conversationId: string, active: boolean): boolean {
    if (!active) return this.#told.delete(conversationId);
    const now = Date.now();
    if (now - (this.#told.get(conversationId) ?? 0) < TELL_MS) return false;
    this.#told.set(conversationId, now);
    return true;
  }

  /** The connection is gone: nobody is known to type. */
  reset(): void {
    for (const [id, who] of this.#typing) for (const userId of [...who.keys()]) this.stopped(id, userId);
    this.#told.clear();
  }

  #tell(conversationId: string): void {
    this.events.emit('typing', { conversationId, userIds: this.typing(conversationId) });
  }
}
