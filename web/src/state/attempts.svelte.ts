import { explain } from './chat.svelte';

/** What a page asks of the server, and the sentence for what went wrong with it last. */
export class Attempts {
  failure = $state('');

  /** `explainer`: for failures that mean something else here. */
  constructor(private readonly explainer: (error: unknown) => string = explain) {}

  async run(act: () => Promise<void>): Promise<void> {
    this.failure = '';
    try {
      await act();
    } catch (error) {
      this.failure = this.explainer(error);
    }
  }
}

interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** A list that comes page by page; an answer to an earlier question is not shown. */
export class PagedList<Item> extends Attempts {
  items = $state.raw<Item[]>([]);
  loaded = $state(false);
  #next = $state<string | null>(null);
  #ask: (cursor?: string) => Promise<Page<Item>> = () => Promise.resolve({ items: [], next: null });

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** From the first page on. */
  load(ask: (cursor?: string) => Promise<Page<Item>>): Promise<void> {
    this.#ask = ask;
    return this.#read();
  }

  more(): Promise<void> {
    return this.#read(this.#next ?? undefined);
  }

  /** Takes over an item that has changed. */
  replace(item: Item, key: (one: Item) => string): void {
    this.items = this.items.map((one) => (key(one) === key(item) ? item : one));
  }

  #read(cursor?: string): Promise<void> {
    const ask = this.#ask;
    return this.run(async () => {
      const page = await ask(cursor);
      if (ask !== this.#ask) return;
      this.items = cursor === undefined ? page.items : [...this.items, ...page.items];
      this.#next = page.next;
      this.loaded = true;
    });
  }
}
