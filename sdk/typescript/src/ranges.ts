/** `[first, last]`, both included. */
export type Range = readonly [first: number, last: number];

/** Sorted, disjoint ranges with `[first, last]` added; neighbours are joined. */
export function addRange(ranges: readonly Range[], first: number, last: number): Range[] {
  if (last < first) return [...ranges];
  const result: Range[] = [];
  let [low, high] = [first, last];
  for (const range of ranges) {
    if (range[1] < low - 1 || range[0] > high + 1) {
      result.push(range);
      continue;
    }
    low = Math.min(low, range[0]);
    high = Math.max(high, range[1]);
  }
  result.push([low, high]);
  return result.sort((a, b) => a[0] - b[0]);
}

/** The range that `seq` is in. */
export function rangeAt(ranges: readonly Range[], seq: number): Range | undefined {
  return ranges.find((range) => range[0] <= seq && seq <= range[1]);
}

/** Is all of `first` to `last` there? Nothing is always there. */
export function covers(ranges: readonly Range[], first: number, last: number): boolean {
  if (last < first) return true;
  const range = rangeAt(ranges, first);
  return range !== undefined && last <= range[1];
}

/** The first of `first` to `last` that is not there; undefined when none is missing. */
export function firstMissing(ranges: readonly Range[], first: number, last: number): number | undefined {
  let seq = first;
  while (seq <= last) {
    const range = rangeAt(ranges, seq);
    if (!range) return seq;
    seq = range[1] + 1;
  }
  return undefined;
}

/** The newest `seq` there is, 0 without any. */
export function topOf(ranges: readonly Range[]): number {
  return ranges.at(-1)?.[1] ?? 0;
}
