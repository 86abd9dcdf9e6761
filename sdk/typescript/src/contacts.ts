import type { Contact, ContactChange, NewContact } from './generated/rest.js';
import type { Page, Rest } from './rest.js';

/** So many pages of 200 at most: who has more contacts asks by page(). */
const PAGES_MAX = 50;

/** The people that a user keeps by name, and those whom they have blocked. */
export class Contacts {
  constructor(private readonly rest: Rest) {}

  /** `cursor` is the `next` of the page before. */
  page(cursor?: string): Promise<Page<Contact>> {
    const from = cursor === undefined ? '' : `&cursor=${cursor}`;
    return this.rest.get(`/api/users/me/contacts?limit=200${from}`);
  }

  /** All of them, up to 10,000. */
  async all(): Promise<Contact[]> {
    const all: Contact[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const { items, next } = await this.page(cursor);
      all.push(...items);
      if (next === null) break;
      cursor = next;
    }
    return all;
  }

  /** Adds someone; who is there already stays, with what is given changed. */
  add(contact: NewContact): Promise<Contact> {
    return this.rest.call({ method: 'POST', path: '/api/users/me/contacts', body: contact });
  }

  change(userId: string, change: ContactChange): Promise<Contact> {
    return this.rest.call({ method: 'PUT', path: `/api/users/me/contacts/${userId}`, body: change });
  }

  /** A block stays: it ends by `add({ user_id, blocked: false })`. */
  async remove(userId: string): Promise<void> {
    await this.rest.call({ method: 'DELETE', path: `/api/users/me/contacts/${userId}` });
  }
}
