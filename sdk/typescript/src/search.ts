import type { FoundList } from './generated/rest.js';
import type { Rest } from './rest.js';

export interface SearchQuery {
  /** Words; `wor*` is what begins so, `"two words"` follow each other. */
  q: string;
  conversation_id?: string;
  /** A user's id, or `me`. */
  sender_id?: string;
  /** At or after this date or time, in UTC. */
  after?: string;
  /** Before this date or time, in UTC; or the `next` of the page before. */
  before?: string;
  limit?: number;
}

/** One page of the messages that have all the words, newest first. */
export function search(rest: Rest, query: SearchQuery): Promise<FoundList> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const params = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return rest.get(`/api/search?${params.toString()}`);
}
