import type { ParleyClient, PresenceStatus } from 'parley-client';
import { SvelteMap } from 'svelte/reactivity';

export interface Seen {
  status: PresenceStatus;
  lastSeen: string | null;
}

/** Many rows that come and go while somebody scrolls are one question. */
const SETTLE_MS = 250;
/** The server's bound. */
const WATCHED_MAX = 500;
/** Who has had the page in the background for so long is away. */
const AWAY_MS = 3 * 60_000;

/** Who is there: asked of those alone that some component shows. */
export class PresenceWatch {
  readonly #known = new SvelteMap<string, Seen>();
  /** How many components show a user. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- no component shows it
  readonly #shown = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: ParleyClient) {
    client.events.on('presence', ({ userId, status, lastSeen }) =>
      this.#known.set(userId, { status, lastSeen }),
    );
    client.events.on('connection', ({ status }) => {
      // What was known may be so no longer; it is told again after the reconnect.
      if (status !== 'connected') this.#known.clear();
    });
    this.#tellAway();
  }

  of(userId: string | null | undefined): Seen | undefined {
    return userId ? this.#known.get(userId) : undefined;
  }

  /** For an effect: until what this answers is called. */
  watch(userId: string): () => void {
    this.#shown.set(userId, (this.#shown.get(userId) ?? 0) + 1);
    this.#ask();
    return () => {
      const count = (this.#shown.get(userId) ?? 1) - 1;
      if (count > 0) this.#shown.set(userId, count);
      else this.#shown.delete(userId);
      this.#ask();
    };
  }

  #ask(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.client.watchPresence([...this.#shown.keys()].slice(0, WATCHED_MAX));
    }, SETTLE_MS);
  }

  #tellAway(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let away = false;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(timer);
      if (document.hidden) {
        timer = setTimeout(() => {
          away = true;
          this.client.setPresence('away');
        }, AWAY_MS);
      } else if (away) {
        away = false;
        this.client.setPresence('online');
      }
    });
  }
}
