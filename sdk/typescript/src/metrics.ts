/** One histogram: how many took at most `le` seconds, from the first bucket on; the last `le` is Infinity. */
export type Buckets = { le: number; count: number }[];

/** A server's figures at one moment. */
export class Metrics {
  constructor(
    private readonly values: ReadonlyMap<string, number>,
    private readonly histograms: ReadonlyMap<string, Buckets>,
  ) {}

  /** A counter or gauge, summed over its labels; undefined where the server has none of this name. */
  value(name: string): number | undefined {
    return this.values.get(name);
  }

  buckets(name: string): Buckets | undefined {
    return this.histograms.get(name);
  }

  /**
   * The time in seconds within which `share` (0 to 1) of what was observed since `before` was done, by the bucket that
   * it falls in, with a straight line inside; undefined where nothing was.
   */
  quantile(name: string, share: number, before?: Metrics): number | undefined {
    const now = this.buckets(name);
    if (!now) return undefined;
    const earlier = before?.buckets(name);
    const counts = now.map(({ count }, at) => count - (earlier?.[at]?.count ?? 0));
    const total = counts.at(-1) ?? 0;
    if (total <= 0) return undefined;
    const rank = share * total;
    const at = counts.findIndex((count) => count >= rank);
    const low = now[at - 1]?.le ?? 0;
    const high = now[at]?.le ?? low;
    if (high === Infinity) return low;
    const below = counts[at - 1] ?? 0;
    const inside = (counts[at] ?? 0) - below;
    return inside > 0 ? low + ((rank - below) / inside) * (high - low) : high;
  }
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^}]*)\})?\s+(\S+)/;

/** Reads Prometheus' text format 0.0.4. */
export function parseMetrics(text: string): Metrics {
  const values = new Map<string, number>();
  const histograms = new Map<string, Buckets>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', raw] = LINE.exec(line) ?? [];
    if (name === undefined || raw === undefined) continue;
    const value = Number(raw === '+Inf' ? 'Infinity' : raw);
    if (Number.isNaN(value)) continue;
    const bound = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1];
    if (bound === undefined) {
      values.set(name, (values.get(name) ?? 0) + value);
      continue;
    }
    const of = name.replace(/_bucket$/, '');
    const buckets = histograms.get(of) ?? [];
    buckets.push({ le: bound === '+Inf' ? Infinity : Number(bound), count: value });
    histograms.set(of, buckets);
  }
  return new Metrics(values, histograms);
}
