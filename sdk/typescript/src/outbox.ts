import { Backoff } from './backoff.js';
import type { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { codeOf, ParleyError } from './errors.js';
import { randomId } from './ids.js';
import { laneOf, type Draft, type OutboxEntry } from './outbox_entry.js';
import type { Store } from './store/store.js';
import type { Tabs } from './tabs.js';
import type { SendAck } from './wire/frames.js';

const ENTRIES_MAX = 1_000;
const CONTENT_BYTES_MAX = 16_384;

/** The server takes no sends just now; they are repeated. */
export interface OutboxTrouble {
  code: 'rate_limited' | 'unavailable' | 'internal' | 'timeout';
}

interface OutboxEvents {
  /** Entries came, went or changed. */
  change: readonly OutboxEntry[];
  /** Null: a send has been taken again. */
  trouble: OutboxTrouble | null;
}

/** What becomes of a send that has been acknowledged; it and the entry's end are written together. */
export type Acknowledged = (entry: OutboxEntry, ack: SendAck) => Promise<void>;

/**
 * Sends that have not been acknowledged. They survive a restart, are repeated with the same client_id until there is a
 * definite answer, and keep their order within a conversation: one at a time is on its way in each.
 */
export class Outbox {
  readonly events = new Emitter<OutboxEvents>();
  #entries: OutboxEntry[] = [];
  #position = 0;
  readonly #busy = new Set<string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #backoffs = new Map<string, Backoff>();
  #trouble: OutboxTrouble['code'] | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly store: Store,
    private readonly tabs: Tabs,
    private readonly acknowledged: Acknowledged,
    private readonly failed: (error: unknown) => void,
  ) {}

  get entries(): readonly OutboxEntry[] {
    return this.#entries;
  }

  /** Takes up what the store has, but what another living tab is sending. */
  async load(entries: OutboxEntry[]): Promise<void> {
    const living = await this.tabs.living();
    const mine = entries.filter((entry) => entry.owner === this.tabs.id || !living.has(entry.owner));
    this.#position = Math.max(0, ...entries.map((entry) => entry.position));
    this.#entries = mine.map((entry) => ({ ...entry, owner: this.tabs.id }));
    if (mine.length > 0) await this.store.save({ outbox: this.#entries });
    this.#changed();
  }

  /** Answers once it is kept; `outbox_full` and `too_large` are refused. */
  async add(draft: Draft): Promise<OutboxEntry> {
    if (this.#entries.length >= ENTRIES_MAX) {
      throw new ParleyError('outbox_full', `${ENTRIES_MAX} messages are already waiting`);
    }
    if (new TextEncoder().encode(draft.content).length > CONTENT_BYTES_MAX) {
      throw new ParleyError('too_large', 'a message has at most 16 KiB');
    }
    this.#position = Math.max(this.#position + 1, Date.now());
    const entry: OutboxEntry = {
      ...draft,
      client_id: randomId(),
      position: this.#position,
      created_at: new Date().toISOString(),
      owner: this.tabs.id,
      state: 'queued',
    };
    this.#entries = [...this.#entries, entry];
    this.#changed();
    await this.store.save({ outbox: [entry] });
    this.pump();
    return entry;
  }

  /** A failed one again. As what failed is definite, it goes under a new client_id. */
  async retry(clientId: string): Promise<void> {
    const failed = this.#entries.find((one) => one.client_id === clientId && one.state === 'failed');
    if (!failed) return;
    const { error: _error, state: _state, client_id: _id, position: _position, ...draft } = failed;
    await this.discard(clientId);
    await this.add(draft);
  }

  /** Forgets a failed one. One that is queued may be on its way: it stays. */
  async discard(clientId: string): Promise<void> {
    const entry = this.#entries.find((one) => one.client_id === clientId);
    if (entry?.state === 'failed') await this.#remove(clientId);
  }

  /** It has come back as an event. */
  async seen(clientId: string): Promise<void> {
    if (this.#entries.some((one) => one.client_id === clientId)) await this.#remove(clientId);
  }

  /** Forgets what is in memory: somebody else logs in. */
  reset(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#entries = [];
    this.#tellTrouble(null);
    this.#changed();
  }

  /** Sends what can be sent; called on every new entry and every new connection. */
  pump(): void {
    const lanes = new Set<string>();
    for (const entry of this.#entries) {
      const lane = laneOf(entry);
      if (entry.state === 'failed' || lanes.has(lane)) continue;
      lanes.add(lane);
      if (this.#busy.has(lane) || this.#timers.has(lane)) continue;
      this.#busy.add(lane);
      this.#send(entry, lane).catch(this.failed);
    }
  }

  async #send(entry: OutboxEntry, lane: string): Promise<void> {
    let delay: number | undefined;
    try {
      const ack = await this.#request(entry);
      this.#tellTrouble(null);
      this.#backoffs.delete(lane);
      await this.acknowledged(entry, ack);
      await this.#remove(entry.client_id);
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      delay = await this.#refused(entry, lane, error);
    } finally {
      this.#busy.delete(lane);
    }
    if (delay === undefined) {
      if (this.connection.state.status === 'connected') this.pump();
      return;
    }
    const wake = setTimeout(() => {
      this.#timers.delete(lane);
      this.pump();
    }, delay);
    this.#timers.set(lane, wake);
  }

  async #request(entry: OutboxEntry): Promise<SendAck> {
    const { client_id, conversation_id, receiver_id, content, message_type, media_id, reply_to, mentions } =
      entry;
    const frame = {
      client_id,
      conversation_id,
      receiver_id,
      content,
      message_type,
      media_id,
      reply_to,
      mentions,
    };
    const given = Object.entries(frame).filter(([, value]) => value !== undefined);
    const answer = await this.connection.request({
      type: 'send_message',
      content,
      ...Object.fromEntries(given),
    });
    if (answer.type === 'ack' && 'client_id' in answer) return answer;
    throw new ParleyError('internal', `a send was answered by ${answer.type}`);
  }

  /** Answers how long to wait before it is tried again; undefined: it is not, or the next connection will. */
  async #refused(entry: OutboxEntry, lane: string, error: ParleyError): Promise<number | undefined> {
    if (codeOf(error) === 'offline') return undefined;
    if (error.definite && error.code !== 'rate_limited') {
      const failed: OutboxEntry = {
        ...entry,
        state: 'failed',
        error: { code: error.code, detail: error.message },
      };
      this.#entries = this.#entries.map((one) => (one.client_id === entry.client_id ? failed : one));
      this.#changed();
      await this.store.save({ outbox: [failed] });
      return undefined;
    }
    this.#tellTrouble(error.code as OutboxTrouble['code']);
    const backoff = this.#backoffs.get(lane) ?? new Backoff();
    this.#backoffs.set(lane, backoff);
    return error.retryAfterMs ?? backoff.next();
  }

  #tellTrouble(code: OutboxTrouble['code'] | null): void {
    if (code === this.#trouble) return;
    this.#trouble = code;
    this.events.emit('trouble', code === null ? null : { code });
  }

  async #remove(clientId: string): Promise<void> {
    this.#entries = this.#entries.filter((one) => one.client_id !== clientId);
    this.#changed();
    await this.store.save({ outboxDone: [clientId] });
  }

  #changed(): void {
    this.events.emit('change', this.#entries);
  }
}
