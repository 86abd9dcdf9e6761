/** One or two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => {
    const [first] = new Intl.Segmenter().segment(word ?? '');
    return first?.segment ?? '';
  });
  return letters.join('').toLocaleUpperCase();
}

/** The same number for the same id: which of `count` colours is theirs. */
export function colourOf(id: string, count: number): number {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}
