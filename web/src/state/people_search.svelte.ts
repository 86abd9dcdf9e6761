import type { ParleyClient, User } from 'parley-client';
import { explain } from './chat.svelte';
import { features } from './features.svelte';
import { userInLink } from './route.svelte';

const QUIET_MS = 200;

/**
 * People by name or by link, as somebody types; what an older query answers late is not shown. Made while a component
 * is being made, and ends with it.
 */
export class PeopleSearch {
  text = $state('');
  found = $state.raw<User[]>([]);
  /** What `found` answers; '' before the first answer. */
  searched = $state('');
  failure = $state('');
  readonly query = $derived(this.text.trim());
  readonly nobody = $derived(this.searched !== '' && this.searched === this.query && this.found.length === 0);

  constructor(private readonly client: ParleyClient) {
    $effect(() => {
      const { query } = this;
      this.failure = '';
      if (!query) {
        this.found = [];
        this.searched = '';
        return undefined;
      }
      const timer = setTimeout(() => void this.#search(query), QUIET_MS);
      return () => clearTimeout(timer);
    });
  }

  async #search(query: string): Promise<void> {
    try {
      const users = await this.#lookUp(query);
      if (query !== this.query) return;
      this.found = users;
      this.searched = query;
    } catch (error) {
      if (query === this.query) this.failure = explain(error);
    }
  }

  async #lookUp(query: string): Promise<User[]> {
    const userId = userInLink(query);
    if (userId) return [await this.client.rest.user(userId)];
    if (!features.findUsers) return [];
    return (await this.client.rest.findUsers(query)).items;
  }
}
