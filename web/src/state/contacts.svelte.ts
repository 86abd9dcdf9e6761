import type { Contact, ParleyClient } from 'parley-client';
import { SvelteMap } from 'svelte/reactivity';
import { features } from './features.svelte';

/** The own contacts, as far as they have been asked for: after every connect, and by what is changed here. */
export class ContactBook {
  readonly #byId = new SvelteMap<string, Contact>();
  loaded = $state(false);

  constructor(private readonly client: ParleyClient) {
    client.events.on('synced', (synced) => {
      if (synced) this.load().catch((error: unknown) => console.warn(error));
    });
    client.events.on('signed_out', () => {
      this.#byId.clear();
      this.loaded = false;
    });
  }

  get all(): Contact[] {
    return [...this.#byId.values()];
  }

  of(userId: string | null | undefined): Contact | undefined {
    return userId ? this.#byId.get(userId) : undefined;
  }

  nicknameOf(userId: string | null | undefined): string {
    return this.of(userId)?.nickname ?? '';
  }

  async load(): Promise<void> {
    await features.ready;
    if (!features.contacts) return;
    const contacts = await this.client.contacts.all();
    this.#byId.clear();
    for (const one of contacts) this.#byId.set(one.user_id, one);
    this.loaded = true;
  }

  /** Adds someone, or changes what is given. */
  async keep(change: { user_id: string; nickname?: string | null; blocked?: boolean }): Promise<void> {
    const contact = await this.client.contacts.add(change);
    this.#byId.set(contact.user_id, contact);
  }

  async remove(userId: string): Promise<void> {
    await this.client.contacts.remove(userId);
    this.#byId.delete(userId);
  }
}
