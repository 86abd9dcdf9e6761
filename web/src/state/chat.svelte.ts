import {
  codeOf,
  ParleyClient,
  partnerOf,
  type Account,
  type ConnectionState,
  type Conversation,
  type OutboxEntry,
  type OutboxTrouble,
  ParleyError,
  type SignedOutReason,
} from 'parley-client';
import { IndexedDbStore } from 'parley-client/indexeddb';
import { MemoryStore } from 'parley-client';
import { i18n } from '../i18n/index.svelte';
import { notify } from '../lib/notify';
import { waitText } from '../lib/wait';
import { ContactBook } from './contacts.svelte';
import { Drafts } from './drafts.svelte';
import { People } from './people.svelte';
import { PresenceWatch } from './presence.svelte';
import { router } from './route.svelte';

/** The client's state as runes: what components show. */
export class Chat {
  account = $state.raw<Account | null>(null);
  conversations = $state.raw<Conversation[]>([]);
  connection = $state.raw<ConnectionState>({ status: 'stopped' });
  synced = $state(false);
  outbox = $state.raw<readonly OutboxEntry[]>([]);
  typing = $state.raw<Record<string, string[]>>({});
  signedOut = $state.raw<SignedOutReason | null>(null);
  /** The server takes no sends just now. */
  trouble = $state.raw<OutboxTrouble | null>(null);
  /** What is asked before something that cannot be taken back. */
  question = $state.raw<Question | null>(null);
  /** What is being reported to the operators, and its sender's name. */
  reporting = $state.raw<{ name: string; what: { user_id: string } | { message_id: string } } | null>(null);
  /** What could not be done, in a sentence; it goes away by itself. */
  failure = $state('');
  readonly contacts: ContactBook;
  readonly drafts: Drafts;
  readonly presence: PresenceWatch;
  readonly people: People;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew each time
  readonly byId = $derived(new Map(this.conversations.map((one) => [one.conversation_id, one])));
  readonly unread = $derived(
    this.conversations.filter((one) => !this.isMuted(one)).reduce((sum, one) => sum + one.unread, 0),
  );
  #listed = false;
  #failureTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly client: ParleyClient) {
    this.contacts = new ContactBook(client);
    client.events.on('trouble', (trouble) => (this.trouble = trouble));
    this.drafts = new Drafts(client);
    this.presence = new PresenceWatch(client);
    this.people = new People(client);
    client.events.on('account', (account) => (this.account = account));
    client.events.on('connection', (state) => (this.connection = state));
    client.events.on('synced', (synced) => (this.synced = synced));
    client.events.on('outbox', (entries) => (this.outbox = entries));
    client.events.on('conversation', () => this.#listSoon());
    client.events.on('typing', ({ conversationId, userIds }) => {
      this.typing = { ...this.typing, [conversationId]: userIds };
    });
    client.events.on('signed_out', (reason) => {
      this.signedOut = reason;
      this.drafts.forget();
      router.go('#/', true);
    });
    client.events.on('message', ({ message, conversation, live }) => {
      const named = message.mentions?.includes(this.me) === true;
      if (!live || (this.isMuted(conversation) && !named)) return;
      const who = this.nameOf(message.sender_id, conversation);
      notify(i18n.t.newMessageFrom(who), message.content ?? '', conversation.conversation_id);
    });
    client.events.on('error', (error) => console.warn(error));
    addEventListener('online', () => client.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) client.retryNow();
    });
  }

  get me(): string {
    return this.account?.user.user_id ?? '';
  }

  /** Many changes in a row are one new list. */
  #listSoon(): void {
    if (this.#listed) return;
    this.#listed = true;
    queueMicrotask(() => {
      this.#listed = false;
      this.conversations = this.client.conversations();
    });
  }

  isNotes(conversation: Conversation): boolean {
    return partnerOf(conversation, this.me)?.user_id === this.me;
  }

  titleOf(conversation: Conversation): string {
    if (this.isNotes(conversation)) return i18n.t.notes;
    const partner = partnerOf(conversation, this.me);
    if (partner && partner.user_id === null) return i18n.t.deletedUser;
    return this.contacts.nicknameOf(partner?.user_id) || partner?.display_name || conversation.title;
  }

  nameOf(userId: string | null, conversation: Conversation | undefined): string {
    if (userId === null) return i18n.t.deletedUser;
    if (userId === this.me) return i18n.t.you;
    const nickname = this.contacts.nicknameOf(userId);
    if (nickname) return nickname;
    const person = this.people.find(userId, conversation);
    if (person === undefined) return '…';
    return person?.display_name || person?.username || i18n.t.deletedUser;
  }

  isMuted(conversation: Conversation): boolean {
    const { muted, muted_until: until } = conversation;
    return muted && (!until || Date.parse(until) > Date.now());
  }

  /** May this user pin, set how long messages last, and delete those of others? */
  mayManage(conversation: Conversation): boolean {
    if (conversation.left) return false;
    return conversation.type === 'direct' || conversation.role === 'owner' || conversation.role === 'admin';
  }

  /** Does something that a button asks for; what fails is told on the page. Answers whether it was done. */
  async attempt(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.fail(explain(error));
      return false;
    }
  }

  fail(text: string): void {
    this.failure = text;
    clearTimeout(this.#failureTimer);
    this.#failureTimer = setTimeout(() => (this.failure = ''), FAILURE_MS);
  }

  /** Asks, and answers whether it is wanted. */
  ask(text: string, action: string): Promise<boolean> {
    this.question?.answer(false);
    return new Promise((resolve) => {
      const answer = (wanted: boolean): void => {
        this.question = null;
        resolve(wanted);
      };
      this.question = { text, action, answer };
    });
  }

  /** Opens the conversation with someone, and shows it. */
  async openWith(userId: string): Promise<void> {
    const conversation = await this.client.openDirect(userId);
    router.go(`#/c/${conversation.conversation_id}`, true);
  }
}

const FAILURE_MS = 6_000;

export interface Question {
  text: string;
  /** What the button says. */
  action: string;
  answer(wanted: boolean): void;
}

/** What a failure means, in words that help. */
export function explain(error: unknown): string {
  const code = codeOf(error);
  if (!code) console.error(error);
  // How long to wait is what helps most.
  const wait = error instanceof ParleyError ? error.retryAfterMs : undefined;
  if (wait !== undefined && (code === 'rate_limited' || code === 'unavailable')) {
    const { rate, unavailable } = i18n.t.waits;
    return (code === 'unavailable' ? unavailable : rate)(waitText(wait, i18n.language));
  }
  return i18n.t.errors[code ?? 'internal'];
}

/** Takes up who was here before, and connects. */
export async function openChat(): Promise<Chat> {
  // Private windows of some browsers have no IndexedDB: then nothing outlives the page.
  const store = await IndexedDbStore.open().catch(() => new MemoryStore());
  const client = new ParleyClient({ url: location.origin, store, cookie: true });
  const chat = new Chat(client);
  if (await client.restore()) client.start();
  return chat;
}
