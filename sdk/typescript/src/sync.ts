import type { Connection } from './connection.js';
import { asFrame, type Conversation } from './conversation.js';
import { Emitter } from './emitter.js';
import { codeOf, ParleyError } from './errors.js';
import { covers, firstMissing, rangeAt, topOf } from './ranges.js';
import type { Replica } from './replica.js';
import { Serial } from './serial.js';
import type { Store } from './store/store.js';
import { asEvent, type Event } from './wire/events.js';
import type { AuthSuccess, ConversationFrame, EventsFrame, ServerFrame } from './wire/frames.js';

const CURSORS_A_FRAME = 500;
const PAGE = 200;
/** Live events held back behind a gap, in one conversation; more are asked for again. */
const HELD_MAX = 500;
/** A gap often closes by itself: the missing event is on its way. */
const GAP_PATIENCE_MS = 150;
const RATE_LIMITED_MS = 1_000;

type RestConversation = Parameters<typeof asFrame>[0];

export interface SyncEvents {
  /** False from the connection's start until everything missed is here or being fetched. */
  synced: boolean;
  /** Everything that was known of before is here; cursors may be told. */
  complete: Conversation;
  /** A failure that is nobody's answer. */
  error: unknown;
}

/** Keeps the replica in step with the server: sync after connecting, live events, repair of gaps, pages of history. */
export class Sync {
  readonly events = new Emitter<SyncEvents>();
  readonly #serial = new Serial();
  readonly #held = new Map<string, Map<number, Event>>();
  /** Of conversations whose frame is still to come. */
  readonly #early = new Map<string, EventsFrame[]>();
  readonly #repairing = new Set<string>();
  /** Live events that wait for their turn together: a write for each would fall behind a busy conversation. */
  #waiting: Event[] | undefined;
  #synced = false;

  constructor(
    private readonly connection: Connection,
    private readonly replica: Replica,
    private readonly store: Store,
    private readonly rest: <Answer>(path: string) => Promise<Answer>,
    private meta: { epoch?: number; token?: string },
  ) {
    replica.events.on('stale', (ids) => void this.#refresh(ids));
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** Does `act` between two frames. */
  exclusive<Result>(act: () => Promise<Result>): Promise<Result> {
    return this.#serial.run(act);
  }

  opened(session: AuthSuccess): void {
    this.#setSynced(false);
    this.#run(async () => {
      if (this.meta.epoch !== undefined && this.meta.epoch !== session.epoch) {
        // The server was restored from a backup: what is here may never have been.
        await this.replica.reset();
        await this.#save({ epoch: session.epoch });
      } else if (this.meta.epoch === undefined) {
        await this.#save({ ...this.meta, epoch: session.epoch });
      }
      this.#held.clear();
      this.#early.clear();
      this.#ask();
    });
  }

  #ask(): void {
    const cursors = this.replica
      .all()
      .map((one) => [one.conversation_id, topOf(one.ranges)] as const)
      .filter(([, top]) => top > 0);
    do {
      const part = Object.fromEntries(cursors.splice(0, CURSORS_A_FRAME));
      const since = this.meta.token === undefined ? {} : { since: this.meta.token };
      const more = cursors.length > 0 ? { more: true } : {};
      this.connection.send({ type: 'sync', cursors: part, ...since, ...more });
    } while (cursors.length > 0);
  }

  closed(): void {
    this.#setSynced(false);
  }

  take(frame: ServerFrame): void {
    if (isLive(frame)) {
      this.#takeSoon(asEvent(frame));
      return;
    }
    // What comes after this frame is taken after it.
    this.#waiting = undefined;
    this.#run(() => this.#take(frame));
  }

  #takeSoon(event: Event): void {
    if (this.#waiting) {
      this.#waiting.push(event);
      return;
    }
    const events = [event];
    this.#waiting = events;
    this.#run(async () => {
      if (this.#waiting === events) this.#waiting = undefined;
      const ids = new Set(events.map((one) => one.conversation_id));
      for (const id of ids) await this.#takeAll(events.filter((one) => one.conversation_id === id));
    });
  }

  /** Live events of one conversation, as they came. */
  async #takeAll(events: Event[]): Promise<void> {
    while (events.length > 0) {
      const next = this.#inARow(events);
      if (next > 1) await this.#takeNext(events.splice(0, next));
      else await this.takeLive(events.shift() as Event);
    }
  }

  /** How many of these are the very next ones of the log, and change nothing else. */
  #inARow([first, ...others]: Event[]): number {
    const conversation = first && this.replica.get(first.conversation_id);
    if (!conversation || first.seq !== topOf(conversation.ranges) + 1 || changesConversation(first)) return 0;
    const end = others.findIndex((one, at) => one.seq !== first.seq + 1 + at || changesConversation(one));
    return end < 0 ? others.length + 1 : end + 1;
  }

  async #take(frame: ServerFrame): Promise<void> {
    switch (frame.type) {
      case 'events':
        return this.#takePiece(frame);
      case 'conversation':
        return this.#takeConversation(frame);
      case 'sync_complete':
        return this.#complete(frame.token);
      case 'ack':
        if ('user_id' in frame) await this.replica.takeReceipt(frame);
        return;
    }
  }

  async #takePiece(frame: EventsFrame): Promise<void> {
    const conversation = this.replica.get(frame.conversation_id);
    if (!conversation) {
      const early = this.#early.get(frame.conversation_id) ?? [];
      this.#early.set(frame.conversation_id, [...early, frame]);
      return;
    }
    await this.replica.takeEvents(frame.conversation_id, frame.events.map(asEvent), 0);
  }

  async #takeConversation(frame: ConversationFrame): Promise<void> {
    await this.replica.takeConversation(frame);
    const early = this.#early.get(frame.conversation_id) ?? [];
    this.#early.delete(frame.conversation_id);
    for (const piece of early) await this.#takePiece(piece);
    if (this.#synced) this.#settle(frame.conversation_id);
  }

  async #complete(token: string): Promise<void> {
    await this.#save({ ...this.meta, token });
    this.#setSynced(true);
    for (const conversation of this.replica.all()) this.#settle(conversation.conversation_id);
  }

  /** One event as it happens; also what an ack says of the own send. Only inside `exclusive`. */
  async takeLive(event: Event): Promise<void> {
    const id = event.conversation_id;
    const conversation = this.replica.get(id) ?? (await this.#discover(id));
    if (!conversation || rangeAt(conversation.ranges, event.seq)) return;
    const top = topOf(conversation.ranges);
    if (event.seq === top + 1) {
      await this.#takeNext([event]);
      return;
    }
    this.#hold(event);
    if (this.#synced) setTimeout(() => this.#settle(id), GAP_PATIENCE_MS);
  }

  /** The very next events of a conversation that is here; what changes the conversation itself comes alone. */
  async #takeNext(events: Event[]): Promise<void> {
    const [first] = events;
    if (!first) return;
    const id = first.conversation_id;
    await this.replica.takeEvents(id, events, 0);
    if (changesConversation(first)) await this.#discover(id);
    if (this.#held.has(id)) await this.#release(id);
    const conversation = this.replica.get(id);
    if (this.#synced && conversation) this.events.emit('complete', conversation);
  }

  #hold(event: Event): void {
    const held = this.#held.get(event.conversation_id) ?? new Map<number, Event>();
    this.#held.set(event.conversation_id, held);
    held.set(event.seq, event);
    if (held.size <= HELD_MAX) return;
    const oldest = Math.min(...held.keys());
    held.delete(oldest);
  }

  /** Takes what was held back and now fits. */
  async #release(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (!held) return;
    for (const event of [...held.values()].sort((a, b) => a.seq - b.seq)) {
      const ranges = this.replica.get(id)?.ranges ?? [];
      if (event.seq > topOf(ranges) + 1) return;
      held.delete(event.seq);
      if (!rangeAt(ranges, event.seq)) await this.replica.takeEvents(id, [event], event.seq);
    }
    if (held.size === 0) this.#held.delete(id);
  }

  /** Asks for a conversation, and takes it. */
  async #discover(id: string): Promise<Conversation | undefined> {
    try {
      const answer = await this.rest<RestConversation>(`/api/conversations/${id}`);
      return await this.replica.takeConversation(asFrame(answer));
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      return undefined;
    }
  }

  /** Messages whose present state only the server knows. */
  async #refresh(ids: string[]): Promise<void> {
    for (const id of ids) {
      try {
        const known = await this.replica.message(id);
        const asOf = this.replica.get(known?.conversation_id ?? '')?.last_seq ?? 0;
        const event = await this.rest<Event>(`/api/messages/${id}`);
        await this.exclusive(() => this.replica.takeMessages([asEvent(event)], asOf));
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        return;
      }
    }
  }

  /** Fills what is missing between the own cursor and the head, one request at a time. */
  #settle(id: string): void {
    if (this.#repairing.has(id)) return;
    this.#repairing.add(id);
    this.#repair(id)
      .catch((error: unknown) => {
        // Without a connection the next sync goes on.
        if (!(error instanceof ParleyError)) this.events.emit('error', error);
      })
      .finally(() => this.#repairing.delete(id));
  }

  async #repair(id: string): Promise<void> {
    for (;;) {
      const conversation = this.replica.get(id);
      if (!conversation) return;
      const hole = this.#hole(conversation);
      if (!hole) break;
      await this.#fetch(id, hole, conversation.last_seq);
    }
    await this.exclusive(() => this.#release(id));
    const conversation = this.replica.get(id);
    if (conversation) this.events.emit('complete', conversation);
  }

  /** The next request for what is missing; the newest page comes first, for a person waits for it. */
  #hole(conversation: Conversation): { before: number } | { after: number } | undefined {
    const { ranges, delivered_seq: delivered } = conversation;
    const held = this.#held.get(conversation.conversation_id);
    const head = Math.max(conversation.last_seq, ...(held?.keys() ?? []));
    const top = topOf(ranges);
    if (head === 0) return undefined;
    if (top < head && (top === 0 || head - top > PAGE)) return { before: head + 1 };
    if (top < head) return { after: top };
    const missing = firstMissing(ranges, Math.min(delivered, head) + 1, head);
    return missing === undefined ? undefined : { after: missing - 1 };
  }

  /** One page of the log, into the replica. */
  async #fetch(id: string, place: { before: number } | { after: number }, asOf: number): Promise<void> {
    const window = 'before' in place ? { before_seq: place.before } : { after_seq: place.after };
    const limit = 'before' in place ? 50 : PAGE;
    const answer = await this.#request(id, { ...window, limit });
    const events = answer.events.map(asEvent).sort((a, b) => a.seq - b.seq);
    await this.exclusive(async () => {
      await this.replica.takeEvents(id, events, asOf);
      const first = events[0]?.seq;
      if ('after' in place) {
        // What is not there is not for this reader.
        const end = first ?? (this.replica.get(id)?.last_seq ?? 0) + 1;
        await this.replica.takeNothing(id, place.after + 1, end - 1);
        return;
      }
      if (!answer.has_more) await this.replica.takeNothing(id, 1, (first ?? place.before) - 1);
    });
  }

  async #request(
    id: string,
    window: { before_seq?: number; after_seq?: number; limit: number },
  ): Promise<EventsFrame> {
    for (;;) {
      try {
        const frame = await this.connection.request({
          type: 'history',
          conversation_id: id,
          ...window,
        });
        if (frame.type === 'events') return frame;
        throw new ParleyError('internal', `history was answered by ${frame.type}`);
      } catch (error) {
        if (codeOf(error) !== 'rate_limited') throw error;
        await new Promise((resolve) => setTimeout(resolve, RATE_LIMITED_MS));
      }
    }
  }

  /** Up to `limit` events before `before`, oldest first; from the server what is not here. */
  async before(id: string, before: number, limit: number): Promise<Event[]> {
    const first = Math.max(1, before - limit);
    if (before <= 1) return [];
    if (!covers(this.replica.get(id)?.ranges ?? [], first, before - 1)) {
      await this.#fetchOr(id, { before }, before - 1);
    }
    const range = rangeAt(this.replica.get(id)?.ranges ?? [], before - 1);
    if (!range) return [];
    return this.replica.read(id, Math.max(range[0], first), before - 1);
  }

  /** Up to `limit` events after `after`, oldest first; from the server what is not here. */
  async after(id: string, after: number, limit: number): Promise<Event[]> {
    const head = this.replica.get(id)?.last_seq ?? 0;
    const last = Math.min(head, after + limit);
    if (last <= after) return [];
    if (!covers(this.replica.get(id)?.ranges ?? [], after + 1, last)) {
      await this.#fetchOr(id, { after }, after + 1);
    }
    const range = rangeAt(this.replica.get(id)?.ranges ?? [], after + 1);
    if (!range) return [];
    return this.replica.read(id, after + 1, Math.min(range[1], last));
  }

  /** Fetches a page. Without a connection a part of it will do: that `needed` is here. */
  async #fetchOr(id: string, place: { before: number } | { after: number }, needed: number): Promise<void> {
    try {
      await this.#fetch(id, place, this.replica.get(id)?.last_seq ?? 0);
    } catch (error) {
      if (codeOf(error) !== 'offline') throw error;
      if (!rangeAt(this.replica.get(id)?.ranges ?? [], needed)) throw error;
    }
  }

  #run(act: () => Promise<void>): void {
    this.#serial.run(act).catch((error: unknown) => this.events.emit('error', error));
  }

  async #save(meta: { epoch?: number; token?: string }): Promise<void> {
    this.meta = meta;
    await this.store.save({ meta: { epoch: meta.epoch, sync_token: meta.token } });
  }

  #setSynced(synced: boolean): void {
    if (this.#synced === synced) return;
    this.#synced = synced;
    this.events.emit('synced', synced);
  }
}

/** An entry of a log, as it happens; a receipt names a place, too. */
function isLive(
  frame: ServerFrame,
): frame is Exclude<Extract<ServerFrame, { seq: number; conversation_id: string }>, { type: 'ack' }> {
  return frame.type !== 'ack' && 'seq' in frame && 'conversation_id' in frame;
}

/** Does it change who is in the conversation, or what it is called? */
function changesConversation(event: Event): boolean {
  return (
    event.type.startsWith('member_') ||
    event.type.startsWith('group_') ||
    event.type === 'conversation_updated'
  );
}
