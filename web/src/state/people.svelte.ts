import { codeOf, type Conversation, type ParleyClient } from 'parley-client';
import { SvelteMap } from 'svelte/reactivity';

export interface Person {
  username: string;
  display_name: string;
}

/** Names of people who are in no list of members: who has left a group, or is one of very many. */
export class People {
  /** Null: there is no such account any more. */
  readonly #known = new SvelteMap<string, Person | null>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- no component shows it
  readonly #asked = new Set<string>();
  #queue: string[] = [];
  #busy = false;

  constructor(private readonly client: ParleyClient) {}

  /** Undefined: not known yet, and asked for. */
  find(userId: string, conversation: Conversation | undefined): Person | null | undefined {
    const member = conversation?.members?.find((one) => one.user_id === userId);
    if (member) return member;
    const known = this.#known.get(userId);
    if (known === undefined && !this.#asked.has(userId)) {
      this.#asked.add(userId);
      this.#queue.push(userId);
      void this.#work();
    }
    return known;
  }

  /** One at a time: a conversation that is scrolled through asks for many. */
  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let userId = this.#queue.shift(); userId; userId = this.#queue.shift()) {
      try {
        const { username, display_name } = await this.client.rest.user(userId);
        this.#known.set(userId, { username, display_name });
      } catch (error) {
        if (codeOf(error) === 'not_found') this.#known.set(userId, null);
        // Whoever shows them next asks again.
        else this.#asked.delete(userId);
      }
    }
    this.#busy = false;
  }
}
