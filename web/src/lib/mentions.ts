import type { Member } from 'parley-client';

/** A name behind an @ as it stands in a text; what ends a sentence may be part of it. */
const MENTION = /(?<![\p{L}\p{N}_.@-])@([A-Za-z0-9][A-Za-z0-9_.-]{2,31})/gu;

/** What is being typed behind an @, right before the caret. */
export function mentionAt(text: string, caret: number): { start: number; query: string } | undefined {
  const match = /(?:^|[\s(])@([\p{L}\p{N}_.-]{0,32})$/u.exec(text.slice(0, caret));
  if (!match) return undefined;
  const query = match[1] ?? '';
  return { start: caret - query.length - 1, query };
}

/** Members whose username or name, or a word of it, begins like that; at most `limit`. */
export function suggest(members: readonly Member[], query: string, limit: number): Member[] {
  const wanted = query.toLocaleLowerCase();
  const fits = ({ username, display_name }: Member): boolean =>
    [username, ...display_name.split(/\s+/)].some((one) => one.toLocaleLowerCase().startsWith(wanted));
  const found = members.filter((one) => one.user_id !== null && one.username && fits(one));
  // Who has typed the whole name needs no help, and Enter is to send.
  if (found.length === 1 && found[0]?.username.toLocaleLowerCase() === wanted) return [];
  return found.slice(0, limit);
}

/** The longest beginning of `name` that somebody is called: "bob." at the end of a sentence is bob. */
export function knownName(name: string, known: (name: string) => boolean): string | undefined {
  for (let rest = name; rest; rest = rest.slice(0, -1)) {
    if (known(rest.toLowerCase())) return rest;
    if (!/[._-]$/.test(rest)) return undefined;
  }
  return undefined;
}

/** Whom a text names: their user_ids, each once. */
export function mentionsIn(text: string, members: readonly Member[]): string[] {
  const ids = new Map(members.map((one) => [one.username.toLowerCase(), one.user_id]));
  const found = new Set<string>();
  for (const [, name = ''] of text.matchAll(MENTION)) {
    const known = knownName(name, (one) => ids.has(one));
    const id = known && ids.get(known.toLowerCase());
    if (id) found.add(id);
  }
  return [...found];
}
