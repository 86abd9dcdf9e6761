import { Admin } from './admin.js';
import { Auth, type Account, type SignedOutReason } from './auth.js';
import { Connection, type ConnectionState, type Socket, type SocketFactory } from './connection.js';
import { Contacts } from './contacts.js';
import { asFrame, byActivity, partnerOf, type Conversation } from './conversation.js';
import { Emitter } from './emitter.js';
import { codeOf, ParleyError } from './errors.js';
import type { FoundList, Login, NewGroup, Registration, User } from './generated/rest.js';
import { Http, type Fetch } from './http.js';
import { randomId } from './ids.js';
import { Outbox, type OutboxTrouble } from './outbox.js';
import type { Draft, OutboxEntry } from './outbox_entry.js';
import { Presence } from './presence.js';
import { Receipts } from './receipts.js';
import { Replica } from './replica.js';
import { Rest } from './rest.js';
import { search, type SearchQuery } from './search.js';
import type { Store } from './store/store.js';
import { Sync } from './sync.js';
import { openTabs, type Tabs } from './tabs.js';
import { Timeline } from './timeline.js';
import { asEvent, type Event, type Message } from './wire/events.js';
import type { PresenceFrame, SendAck, ServerFrame } from './wire/frames.js';

export interface ClientOptions {
  /** The server's address: https://chat.example.org */
  url: string;
  store: Store;
  /** The refresh token travels in an HttpOnly cookie: for pages of the server itself. */
  cookie?: boolean;
  fetch?: Fetch;
  socket?: SocketFactory;
  tabs?: Tabs;
}

export interface ClientEvents {
  account: Account | null;
  signed_out: SignedOutReason;
  connection: ConnectionState;
  /** False while catching up. */
  synced: boolean;
  /** A conversation is new or has changed; null: all of them. */
  conversation: Conversation | null;
  /** Somebody else's message, as it happens or caught up with: for bots and notifications. */
  message: { message: Message; conversation: Conversation; live: boolean };
  outbox: readonly OutboxEntry[];
  /** The server takes no sends just now (a full disk, too many at once); they are repeated. Null: that is over. */
  trouble: OutboxTrouble | null;
  typing: { conversationId: string; userIds: string[] };
  presence: { userId: string; status: PresenceFrame['status']; lastSeen: string | null };
  /** A failure that answers no call, to report. */
  error: unknown;
}

/** How far an own message has come; `sending` and `failed` are in the outbox. */
export type Tick = 'sent' | 'delivered' | 'read';

/**
 * One user on one device: logs in, stays connected, keeps a copy of the conversations, sends reliably. Create it, call
 * restore(), log in if that answers false, then start().
 */
export class ParleyClient {
  readonly events = new Emitter<ClientEvents>();
  readonly rest: Rest;
  readonly contacts: Contacts;
  readonly admin: Admin;
  readonly #store: Store;
  readonly #tabs: Tabs;
  readonly #auth: Auth;
  readonly #connection: Connection;
  readonly #replica: Replica;
  readonly #outbox: Outbox;
  readonly #presence = new Presence();
  #sync: Sync;
  #receipts: Receipts;
  #watched: string[] = [];
  #status: 'online' | 'away' = 'online';

  constructor(options: ClientOptions) {
    const base = options.url.replace(/\/+$/, '');
    const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#store = options.store;
    this.#tabs = options.tabs ?? openTabs(randomId());
    const http = new Http(base, fetch);
    this.#auth = new Auth(http, this.#store, this.#tabs, options.cookie ?? false);
    this.rest = new Rest(http, this.#auth);
    this.contacts = new Contacts(this.rest);
    this.admin = new Admin(this.rest);
    this.#connection = new Connection({
      url: `${base.replace(/^http/, 'ws')}/ws`,
      socket: options.socket ?? ((url, protocol) => new WebSocket(url, protocol) as Socket),
      accessToken: () => this.#auth.accessToken(),
      refused: (token) => this.#auth.refused(token),
    });
    this.#replica = new Replica(this.#store);
    this.#outbox = new Outbox(
      this.#connection,
      this.#store,
      this.#tabs,
      (entry, ack) => this.#acknowledged(entry, ack),
      this.#report,
    );
    [this.#sync, this.#receipts] = this.#newSync({});
    this.#listen();
  }

  // --- accounts ---------------------------------------------------------------------------------

  get account(): Account | null {
    return this.#auth.account;
  }

  /** Takes up what the store has; answers whether somebody is logged in. */
  async restore(): Promise<boolean> {
    const { conversations, outbox, meta } = await this.#store.load();
    [this.#sync, this.#receipts] = this.#newSync(meta);
    const known = this.#auth.restore(meta);
    this.#replica.me = this.#auth.account?.user.user_id ?? '';
    this.#replica.load(conversations);
    await this.#outbox.load(outbox);
    return known;
  }

  async register(registration: Omit<Registration, 'cookie'>): Promise<User> {
    return this.#enter(() => this.#auth.register(registration));
  }

  async logIn(login: Omit<Login, 'cookie'>): Promise<User> {
    return this.#enter(() => this.#auth.logIn(login));
  }

  async #enter(enter: () => Promise<User>): Promise<User> {
    this.stop();
    const user = await enter();
    await this.restore();
    return user;
  }

  /** Ends the session here and, if it can be reached, on the server. */
  async logOut(): Promise<void> {
    this.stop();
    await this.#auth.logOut();
  }

  async updateProfile(change: Parameters<Rest['updateProfile']>[0]): Promise<User> {
    const user = await this.rest.updateProfile(change);
    await this.#auth.setUser(user);
    return user;
  }

  /** Asks for the own profile: another device may have changed it. */
  async refreshProfile(): Promise<User> {
    const user = await this.rest.user('me');
    await this.#auth.setUser(user);
    return user;
  }

  /** Ends the account for good; a wrong password is `forbidden`, and all goes on as before. */
  async deleteAccount(password: string): Promise<void> {
    const running = this.connection.status !== 'stopped';
    // The end of the sessions is no news then.
    this.stop();
    try {
      await this.#auth.deleteAccount(password);
    } catch (error) {
      if (running) this.start();
      throw error;
    }
  }

  /** Sets a new password by the token that an operator has handed over; then log in. */
  resetPassword(resetToken: string, password: string): Promise<void> {
    return this.#auth.resetPassword(resetToken, password);
  }

  // --- connection -------------------------------------------------------------------------------

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  get synced(): boolean {
    return this.#sync.synced;
  }

  /** Connects, and stays connected until stop(). */
  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  /** The network is back, or a person is impatient. */
  retryNow(): void {
    this.#connection.retryNow();
  }

  /** Stops and lets go of store and tabs; the client is of no use afterwards. */
  async close(): Promise<void> {
    this.stop();
    this.#tabs.close();
    await this.#sync.exclusive(() => this.#store.close());
  }

  // --- conversations ----------------------------------------------------------------------------

  /** Newest activity first. */
  conversations(): Conversation[] {
    return this.#replica.all().sort(byActivity);
  }

  conversation(conversationId: string): Conversation | undefined {
    return this.#replica.get(conversationId);
  }

  /** The direct conversation with a user, made if need be; with oneself it is one's notes. */
  async openDirect(userId: string): Promise<Conversation> {
    const answer = await this.rest.openDirect(userId);
    return this.#sync.exclusive(() => this.#replica.takeConversation(asFrame(answer)));
  }

  async createGroup(
    name: string,
    memberIds: string[],
    options: Omit<NewGroup, 'name' | 'member_ids' | 'client_id'> = {},
  ): Promise<Conversation> {
    const group = await this.rest.createGroup({
      ...options,
      name,
      member_ids: memberIds,
      client_id: randomId(),
    });
    const answer = await this.rest.conversation(group.group_id);
    return this.#sync.exclusive(() => this.#replica.takeConversation(asFrame(answer)));
  }

  /** Mutes, pins, archives, keeps a draft; what all members share goes the same way. */
  async changeConversation(
    conversationId: string,
    change: Parameters<Rest['changeConversation']>[1],
  ): Promise<void> {
    const answer = await this.rest.changeConversation(conversationId, change);
    await this.#sync.exclusive(() => this.#replica.takeConversation(asFrame(answer)));
  }

  timeline(conversationId: string): Timeline {
    this.#askTick(conversationId).catch(this.#report);
    return new Timeline(conversationId, this.#replica, this.#sync, this.#outbox);
  }

  /** Up to `limit` events before `before` (the newest without it), oldest first. */
  history(conversationId: string, before?: number, limit = 50): Promise<Event[]> {
    const head = this.#replica.get(conversationId)?.last_seq ?? 0;
    return this.#sync.before(conversationId, before ?? head + 1, limit);
  }

  /** A message: as it is here, else as the server has it; undefined where this user may not see it. */
  async message(messageId: string): Promise<Event | undefined> {
    const known = await this.#replica.message(messageId);
    if (known) return known;
    try {
      return asEvent(await this.rest.message(messageId));
    } catch (error) {
      if (codeOf(error) === 'not_found' || codeOf(error) === 'forbidden') return undefined;
      throw error;
    }
  }

  /** One page of the messages with these words, of every conversation or of one, newest first. */
  search(query: SearchQuery): Promise<FoundList> {
    return search(this.rest, query);
  }

  // --- messages ---------------------------------------------------------------------------------

  get outbox(): readonly OutboxEntry[] {
    return this.#outbox.entries;
  }

  /** Answers once it is kept here; it is sent when it can be, in order, once. */
  send(draft: Draft): Promise<OutboxEntry> {
    return this.#outbox.add(draft);
  }

  /** Tries a failed send again. */
  retry(clientId: string): Promise<void> {
    return this.#outbox.retry(clientId);
  }

  /** Forgets a failed send. */
  discard(clientId: string): Promise<void> {
    return this.#outbox.discard(clientId);
  }

  editMessage(messageId: string, content: string): Promise<void> {
    return this.rest.editMessage(messageId, content, randomId());
  }

  /** This user has read everything up to `seq`. */
  markRead(conversationId: string, seq: number): Promise<void> {
    return this.#receipts.markRead(conversationId, seq);
  }

  /** How far an own message has come: what every other member has reached. */
  tick(conversation: Conversation, seq: number): Tick {
    const me = this.account?.user.user_id;
    const cursors = Object.entries(conversation.cursors).filter(([userId]) => userId !== me);
    const others = partnerOf(conversation, me ?? '')?.user_id === me ? 0 : othersOf(conversation, me);
    if (others === 0) return 'read';
    const reached = (key: 'read' | 'delivered'): boolean =>
      cursors.filter(([, cursor]) => cursor[key] >= seq).length >= others;
    if (reached('read')) return 'read';
    return reached('delivered') ? 'delivered' : 'sent';
  }

  // --- typing and presence ----------------------------------------------------------------------

  typing(conversationId: string): string[] {
    return this.#presence.typing(conversationId);
  }

  /** Call on every key: it is told every 3 s at most. */
  setTyping(conversationId: string, active: boolean): void {
    if (!this.#presence.shouldTell(conversationId, active)) return;
    this.#connection.send({ type: 'typing', conversation_id: conversationId, active });
  }

  /** Said again after every reconnect. */
  setPresence(status: 'online' | 'away'): void {
    this.#status = status;
    this.#connection.send({ type: 'presence', status });
  }

  /** Whose presence is told: these, and nobody else any more; asked for again after every reconnect. */
  watchPresence(userIds: string[]): void {
    this.#watched = userIds;
    this.#connection.send({ type: 'watch_presence', user_ids: userIds });
  }

  presence(userId: string): ReturnType<Presence['of']> {
    return this.#presence.of(userId);
  }

  // --- inside -----------------------------------------------------------------------------------

  readonly #report = (error: unknown): void => {
    // Waiting for a connection is no failure.
    if (codeOf(error) !== 'offline') this.events.emit('error', error);
  };

  #newSync(meta: Record<string, unknown>): [Sync, Receipts] {
    const known: { epoch?: number; token?: string } = {};
    if (typeof meta['epoch'] === 'number') known.epoch = meta['epoch'];
    if (typeof meta['sync_token'] === 'string') known.token = meta['sync_token'];
    const get = <Answer>(path: string): Promise<Answer> => this.rest.get<Answer>(path);
    const sync = new Sync(this.#connection, this.#replica, this.#store, get, known);
    const exclusive = <Result>(act: () => Promise<Result>): Promise<Result> => sync.exclusive(act);
    const receipts = new Receipts(this.#connection, this.#replica, exclusive, this.#report);
    sync.events.on('synced', (synced) => {
      this.events.emit('synced', synced);
      if (synced) this.#outbox.pump();
    });
    sync.events.on('complete', (conversation) => receipts.schedule(conversation.conversation_id));
    sync.events.on('error', this.#report);
    return [sync, receipts];
  }

  #listen(): void {
    this.#auth.events.on('account', (account) => this.events.emit('account', account));
    this.#auth.events.on('signed_out', (reason) => {
      this.stop();
      this.#replica.load([]);
      this.#outbox.reset();
      this.#watched = [];
      this.events.emit('signed_out', reason);
    });
    this.#connection.events.on('state', (state) => {
      if (state.status !== 'connected') {
        this.#sync.closed();
        this.#presence.reset();
      }
      this.events.emit('connection', state);
    });
    this.#connection.events.on('open', (session) => {
      this.#receipts.opened();
      this.#sync.opened(session);
      this.#outbox.pump();
      if (this.#status === 'away') this.setPresence('away');
      if (this.#watched.length > 0) this.watchPresence(this.#watched);
    });
    this.#connection.events.on('frame', (frame) => this.#take(frame));
    this.#replica.events.on('conversation', (one) => this.events.emit('conversation', one));
    this.#replica.events.on('reset', () => this.events.emit('conversation', null));
    this.#replica.events.on('events', (news) => this.#tell(news.conversationId, news.added));
    this.#outbox.events.on('change', (entries) => this.events.emit('outbox', entries));
    this.#outbox.events.on('trouble', (trouble) => this.events.emit('trouble', trouble));
    this.#presence.events.on('typing', (typing) => this.events.emit('typing', typing));
    this.#presence.events.on('presence', (presence) => this.events.emit('presence', presence));
  }

  #take(frame: ServerFrame): void {
    if (frame.type === 'typing') return this.#presence.takeTyping(frame);
    if (frame.type === 'presence') return this.#presence.takePresence(frame);
    if (frame.type === 'new_message') {
      if (frame.sender_id) this.#presence.stopped(frame.conversation_id, frame.sender_id);
      if (frame.client_id) this.#outbox.seen(frame.client_id).catch(this.#report);
    }
    if (frame.type === 'error') {
      this.#report(new ParleyError(frame.code, frame.detail));
      return;
    }
    this.#sync.take(frame);
  }

  /** A device that was not there for the receipts asks how far the newest own message has come. */
  async #askTick(conversationId: string): Promise<void> {
    const conversation = this.#replica.get(conversationId);
    const last = conversation?.last_event;
    const me = this.account?.user.user_id;
    const partner = conversation && me ? partnerOf(conversation, me)?.user_id : undefined;
    if (!partner || partner === me || conversation?.cursors[partner]) return;
    if (last?.type !== 'new_message' || last.sender_id !== me) return;
    const { status } = await this.rest.messageStatus(last.message_id);
    if (status === 'sent') return;
    const { message_id, conversation_id, seq, timestamp } = last;
    const receipt = { message_id, conversation_id, seq, timestamp, user_id: partner, status };
    await this.#sync.exclusive(() => this.#replica.takeReceipt({ type: 'ack', ...receipt }));
  }

  /** Messages of others that are new here and unread. */
  #tell(conversationId: string, events: readonly Event[]): void {
    const conversation = this.#replica.get(conversationId);
    if (!conversation) return;
    for (const event of events) {
      if (event.type !== 'new_message' || event.deleted) continue;
      if (event.sender_id === this.account?.user.user_id) continue;
      if (event.seq <= conversation.read_seq) continue;
      this.events.emit('message', { message: event, conversation, live: this.synced });
    }
  }

  /** The ack of a send is its event. */
  async #acknowledged(entry: OutboxEntry, ack: SendAck): Promise<void> {
    const account = this.account;
    if (!account) return;
    const event: Message = {
      type: 'new_message',
      message_id: ack.message_id,
      conversation_id: ack.conversation_id,
      seq: ack.seq,
      sender_id: account.user.user_id,
      sender_device_id: account.device_id,
      client_id: entry.client_id,
      content: entry.content,
      message_type: entry.message_type ?? 'text',
      timestamp: ack.timestamp,
    };
    if (entry.reply_to) event.reply_to = entry.reply_to;
    if (entry.mentions?.length) event.mentions = entry.mentions;
    if (entry.media_id) event.media_id = entry.media_id;
    await this.#sync.exclusive(() => {
      // The ack does not say how long it lasts: as the conversation has it.
      const ttl = this.#replica.get(ack.conversation_id)?.ttl_seconds ?? 0;
      return this.#sync.takeLive(ttl > 0 ? { ...event, ttl_seconds: ttl } : event);
    });
  }
}

function othersOf(conversation: Conversation, me: string | undefined): number {
  const members = conversation.members;
  if (!members) return Math.max(0, (conversation.member_count ?? 1) - 1);
  return members.filter((member) => member.user_id !== null && member.user_id !== me).length;
}
