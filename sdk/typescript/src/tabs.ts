/**
 * What the tabs of one browser share: one lock at a time by name, and messages to each other. Where there are no Web
 * Locks (Node, a page over plain HTTP), a client counts as the only one.
 */
export interface Tabs {
  /** This client's own id, for as long as it lives. */
  readonly id: string;
  /** Runs `act` while nobody else holds the lock. */
  exclusive<Result>(name: string, act: () => Promise<Result>): Promise<Result>;
  /** The ids of the clients that live. */
  living(): Promise<ReadonlySet<string>>;
  send(message: TabMessage): void;
  onMessage(handler: (message: TabMessage) => void): void;
  close(): void;
}

export type TabMessage =
  | { type: 'token'; userId: string; accessToken: string; expiresAt: number }
  | { type: 'signed_out'; userId: string };

const PREFIX = 'parley:';

/** The browser's own, or a lonely one where it has none. */
export function openTabs(id: string): Tabs {
  const locks = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
  // Node has no Web Locks before 24; its BroadcastChannel would keep the process alive.
  if (!locks || typeof BroadcastChannel === 'undefined') return new LonelyTab(id);
  return new BrowserTabs(id, locks);
}

class BrowserTabs implements Tabs {
  readonly #channel = new BroadcastChannel(`${PREFIX}tabs`);
  #release: () => void = () => {};

  constructor(
    readonly id: string,
    private readonly locks: LockManager,
  ) {
    const closed = new Promise<void>((resolve) => (this.#release = resolve));
    void this.locks.request(`${PREFIX}tab:${id}`, () => closed);
    // Where it exists (Node), a channel must not keep the process alive.
    (this.#channel as { unref?: () => void }).unref?.();
  }

  async exclusive<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
    return (await this.locks.request(PREFIX + name, act)) as Result;
  }

  async living(): Promise<ReadonlySet<string>> {
    const { held = [] } = await this.locks.query();
    const prefix = `${PREFIX}tab:`;
    const names = held.map((lock) => lock.name ?? '').filter((name) => name.startsWith(prefix));
    return new Set([this.id, ...names.map((name) => name.slice(prefix.length))]);
  }

  send(message: TabMessage): void {
    this.#channel.postMessage(message);
  }

  onMessage(handler: (message: TabMessage) => void): void {
    this.#channel.onmessage = (event) => handler(event.data as TabMessage);
  }

  close(): void {
    this.#channel.close();
    this.#release();
  }
}

class LonelyTab implements Tabs {
  #last: Promise<unknown> = Promise.resolve();

  constructor(readonly id: string) {}

  exclusive<Result>(_name: string, act: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(act, act);
    this.#last = mine.catch(() => {});
    return mine;
  }

  async living(): Promise<ReadonlySet<string>> {
    return new Set([this.id]);
  }

  send(): void {}
  onMessage(): void {}
  close(): void {}
}
