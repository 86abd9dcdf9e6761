import type { Language } from '../i18n/index.svelte';

export interface Emoji {
  emoji: string;
  name: string;
  tags: string[];
}

const RECENT = 'parley.emoji';
const RECENT_MAX = 16;
const sources: Record<Language, () => Promise<{ default: Emoji[] }>> = {
  en: () => import('virtual:emoji/en'),
  de: () => import('virtual:emoji/de'),
  zh: () => import('virtual:emoji/zh'),
};

/** All emoji with their names in a language, in the usual order. */
export async function loadEmoji(language: Language): Promise<Emoji[]> {
  return (await sources[language]()).default;
}

/** Those whose name or tags begin with each of the words. */
export function findEmoji(all: Emoji[], query: string): Emoji[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return all;
  const found = all.filter((one) => {
    const names = [...one.name.toLocaleLowerCase().split(/[\s-]+/), ...one.tags];
    return words.every((word) => names.some((name) => name.toLocaleLowerCase().startsWith(word)));
  });
  return [...new Map(found.map((one) => [one.emoji, one])).values()];
}

export function recentEmoji(all: Emoji[]): Emoji[] {
  return recent()
    .map((emoji) => all.find((one) => one.emoji === emoji))
    .filter((one) => one !== undefined);
}

export function remember(emoji: string): void {
  const kept = [emoji, ...recent().filter((one) => one !== emoji)].slice(0, RECENT_MAX);
  localStorage.setItem(RECENT, JSON.stringify(kept));
}

function recent(): string[] {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? '[]') as string[];
  } catch {
    return [];
  }
}
