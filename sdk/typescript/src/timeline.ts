import { Emitter } from './emitter.js';
import type { Outbox } from './outbox.js';
import type { OutboxEntry } from './outbox_entry.js';
import type { Replica } from './replica.js';
import type { Sync } from './sync.js';
import type { Event } from './wire/events.js';

const PAGE = 50;

export interface TimelineState {
  /** A piece of the log without a gap, oldest first; voids and changes of messages included. */
  events: readonly Event[];
  hasOlder: boolean;
  hasNewer: boolean;
  /** The own sends that are still on their way; they belong below the newest event. */
  pending: readonly OutboxEntry[];
}

interface TimelineEvents {
  change: TimelineState;
}

/**
 * A window on one conversation's log: opens at its end or around a place, grows both ways, follows what happens. One per
 * open view; close() ends it.
 */
export class Timeline {
  readonly events = new Emitter<TimelineEvents>();
  #window: Event[] = [];
  #hasOlder = true;
  /** Bumped by every open(): what an earlier one still loads is of no use. */
  #generation = 0;
  readonly #ends: (() => void)[];

  constructor(
    readonly conversationId: string,
    private readonly replica: Replica,
    private readonly sync: Sync,
    private readonly outbox: Outbox,
  ) {
    this.#ends = [
      replica.events.on('events', (news) => this.#follow(news.conversationId, news.events)),
      outbox.events.on('change', () => this.#changed()),
      replica.events.on('conversation', (changed) => {
        if (changed.conversation_id === conversationId) this.#changed();
      }),
    ];
  }

  get state(): TimelineState {
    const pending = this.outbox.entries.filter(
      (entry) => entry.conversation_id === this.conversationId && !this.#has(entry.client_id),
    );
    return {
      events: this.#window,
      hasOlder: this.#hasOlder,
      hasNewer: this.#hasNewer,
      pending: this.#hasNewer ? [] : pending,
    };
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** Shows the newest page, or a page on both sides of `around`. */
  async open(around?: number): Promise<void> {
    const generation = ++this.#generation;
    const head = this.#head;
    const middle = around === undefined || around > head ? head : around;
    const older = await this.sync.before(this.conversationId, middle + 1, PAGE);
    const newer = await this.sync.after(this.conversationId, middle, PAGE);
    if (generation !== this.#generation) return;
    this.#window = [...older, ...newer];
    this.#hasOlder = (older[0]?.seq ?? 1) > 1;
    // What came while this was loading.
    if (middle === head) await this.#catchUp(generation);
    this.#changed();
  }

  /** Loads an older page; answers how many events it had. */
  async older(): Promise<number> {
    const first = this.#window[0];
    if (!first || !this.#hasOlder) return 0;
    const generation = this.#generation;
    const page = await this.sync.before(this.conversationId, first.seq, PAGE);
    if (generation !== this.#generation || this.#window[0] !== first) return 0;
    this.#window = [...page, ...this.#window];
    this.#hasOlder = (page[0]?.seq ?? 1) > 1;
    this.#changed();
    return page.length;
  }

  /** Loads a newer page; answers how many events it had. */
  async newer(): Promise<number> {
    const last = this.#window.at(-1);
    if (!last || !this.#hasNewer) return 0;
    const generation = this.#generation;
    const page = await this.sync.after(this.conversationId, last.seq, PAGE);
    if (generation !== this.#generation || this.#window.at(-1) !== last) return 0;
    this.#window = [...this.#window, ...page];
    this.#changed();
    return page.length;
  }

  /** Has this send come back as an event already? It then is near the end. */
  #has(clientId: string): boolean {
    const newest = this.#window.slice(-2 * PAGE);
    return newest.some((event) => event.type === 'new_message' && event.client_id === clientId);
  }

  get #head(): number {
    return this.replica.get(this.conversationId)?.last_seq ?? 0;
  }

  get #hasNewer(): boolean {
    return (this.#window.at(-1)?.seq ?? 0) < this.#head;
  }

  async #catchUp(generation: number): Promise<void> {
    const last = this.#window.at(-1)?.seq ?? 0;
    const missed = await this.replica.read(this.conversationId, last + 1, last + PAGE);
    const fits = missed.filter((event, at) => event.seq === last + 1 + at);
    if (generation === this.#generation) this.#window = [...this.#window, ...fits];
  }

  #follow(conversationId: string, events: readonly Event[]): void {
    if (conversationId !== this.conversationId) return;
    const first = this.#window[0]?.seq ?? 1;
    let window = this.#window;
    for (const event of events) {
      const last = window.at(-1)?.seq ?? 0;
      if (event.seq === last + 1 && (last > 0 || event.seq === 1)) window = [...window, event];
      else if (event.seq >= first && event.seq <= last) {
        window = window.with(event.seq - first, event);
      }
    }
    if (window === this.#window) return;
    this.#window = window;
    this.#changed();
  }

  #changed(): void {
    this.events.emit('change', this.state);
  }
}
