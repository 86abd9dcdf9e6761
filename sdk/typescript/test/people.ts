import { MemoryStore, ParleyClient, type ClientOptions, type Message } from '../src/index.js';
import type { Server } from './server.js';

export const PASSWORD = 'correct horse battery';
let count = 0;

/** A name that nobody has yet. */
export function freshName(name: string): string {
  count += 1;
  return `${name}-${process.pid}-${count}`;
}

/** A registered user, connected and synced; `options` beyond the usual. */
export async function person(
  server: Server,
  name: string,
  options: Partial<ClientOptions> = {},
): Promise<ParleyClient> {
  const client = new ParleyClient({ url: server.url, store: new MemoryStore(), ...options });
  await client.register({ username: freshName(name), password: PASSWORD });
  client.start();
  await until(() => client.synced, `${name} is synced`);
  return client;
}

/** Another device of the same user. */
export async function secondDevice(server: Server, of: ParleyClient): Promise<ParleyClient> {
  const client = new ParleyClient({ url: server.url, store: new MemoryStore() });
  await client.logIn({ login: of.account!.user.username, password: PASSWORD });
  client.start();
  await until(() => client.synced, 'the second device is synced');
  return client;
}

/** Answers as soon as `condition` does; fails after `seconds`. */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  what: string,
  seconds = 10,
): Promise<NonNullable<Value>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The contents of the messages in a conversation, oldest first. */
export async function contents(client: ParleyClient, id: string, limit = 1000): Promise<string[]> {
  const events = [];
  let before: number | undefined;
  while (events.length < limit) {
    const page = await client.history(id, before);
    if (page.length === 0) break;
    events.unshift(...page);
    before = page[0]!.seq;
  }
  return events
    .filter((event): event is Message => event.type === 'new_message')
    .map((message) => message.content ?? '');
}
