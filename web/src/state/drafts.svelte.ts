import { codeOf, type ParleyClient } from 'parley-client';

const KEY = 'parley.drafts';
/** A draft goes to the other devices when nobody has typed for this long. */
const QUIET_MS = 1_000;

interface Draft {
  text: string;
  /** What the server has. */
  saved: string;
}

/** Half-written messages: kept here at once, on the server soon after, taken in from other devices. */
export class Drafts {
  #kept = $state.raw<Record<string, Draft>>(read());
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- no component shows it
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly client: ParleyClient) {
    client.events.on('conversation', (conversation) => {
      const changed = conversation ? [conversation] : client.conversations();
      for (const one of changed) this.#take(one.conversation_id, one.draft ?? '');
    });
    client.events.on('synced', (synced) => {
      if (!synced) return;
      for (const id of Object.keys(this.#kept)) this.#save(id);
    });
  }

  of(conversationId: string): string {
    return this.#kept[conversationId]?.text ?? '';
  }

  set(conversationId: string, text: string): void {
    const { text: before, saved } = this.#kept[conversationId] ?? { text: '', saved: '' };
    if (text === before) return;
    this.#put(conversationId, { text, saved });
    clearTimeout(this.#timers.get(conversationId));
    this.#timers.set(
      conversationId,
      setTimeout(() => this.#save(conversationId), QUIET_MS),
    );
  }

  forget(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#kept = {};
    localStorage.removeItem(KEY);
  }

  /** What the server says. It wins, but over what was typed here since. */
  #take(id: string, saved: string): void {
    const draft = this.#kept[id] ?? { text: '', saved: '' };
    if (draft.saved === saved) return;
    this.#put(id, { text: draft.text === draft.saved ? saved : draft.text, saved });
  }

  #save(id: string): void {
    const draft = this.#kept[id];
    if (!draft || draft.text === draft.saved) return;
    this.client.changeConversation(id, { draft: draft.text || null }).catch((error: unknown) => {
      // It is here, and goes after the next connect; only what is refused for good is worth a word.
      if (codeOf(error) === undefined) console.error(error);
    });
  }

  #put(id: string, draft: Draft): void {
    const others = Object.entries(this.#kept).filter(([one]) => one !== id);
    const empty = draft.text === '' && draft.saved === '';
    this.#kept = Object.fromEntries(empty ? others : [...others, [id, draft]]);
    localStorage.setItem(KEY, JSON.stringify(this.#kept));
  }
}

function read(): Record<string, Draft> {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
    return Object.fromEntries(Object.entries(kept).filter((one): one is [string, Draft] => isDraft(one[1])));
  } catch {
    return {};
  }
}

function isDraft(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'text' in value && 'saved' in value;
}
