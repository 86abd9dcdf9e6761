import type { Metrics } from 'parley-client';
import type { Texts } from '../i18n/en';

/** A server's figures at one moment (ms). */
export interface Sample {
  at: number;
  metrics: Metrics;
}

export type Unit = 'number' | 'seconds' | 'share';

export interface ChartData {
  name: string;
  unit: Unit;
  /** A value for each sample; undefined where there is none. */
  lines: { label: string; values: (number | undefined)[] }[];
}

/** Five minutes of one every two seconds. */
export const SAMPLES_MAX = 150;
/** Times are told of what was observed within so many samples: a single message makes no picture. */
const WINDOW = 15;

type Read = (now: Sample, before: Sample | undefined, window: Sample | undefined) => number | undefined;

const gauge =
  (name: string): Read =>
  ({ metrics }) =>
    metrics.value(name);

/** How fast a counter grows, per `seconds`. */
const rate =
  (name: string, seconds: number): Read =>
  (now, before) => {
    const [value, earlier] = [now.metrics.value(name), before?.metrics.value(name)];
    if (value === undefined || earlier === undefined || !before || now.at <= before.at) return undefined;
    // A server that was restarted begins at 0.
    return (Math.max(0, value - earlier) * 1000 * seconds) / (now.at - before.at);
  };

const quantile =
  (name: string, share: number): Read =>
  (now, _before, window) =>
    now.metrics.quantile(name, share, window?.metrics);

const hits =
  (hit: string, miss: string): Read =>
  (now, _before, window) => {
    const grown = (name: string): number =>
      (now.metrics.value(name) ?? 0) - (window?.metrics.value(name) ?? 0);
    const all = grown(hit) + grown(miss);
    return all > 0 ? grown(hit) / all : undefined;
  };

const times = (metric: string): [string, Read][] => [
  ['p50', quantile(metric, 0.5)],
  ['p95', quantile(metric, 0.95)],
  ['p99', quantile(metric, 0.99)],
];

interface Spec {
  name: string;
  unit: Unit;
  /** Shown where the server has this one. */
  metric: string;
  lines: [label: string, read: Read][];
}

function specs(t: Texts['admin']): Spec[] {
  const one = (name: string, metric: string, read: Read, unit: Unit = 'number'): Spec => ({
    name,
    unit,
    metric,
    lines: [['', read]],
  });
  const three = (name: string, metric: string): Spec => ({
    name,
    unit: 'seconds',
    metric,
    lines: times(metric),
  });
  const minute = (name: string, metric: string): Spec => one(name, metric, rate(metric, 60));
  return [
    one(t.connections, 'parley_connections', gauge('parley_connections')),
    one(t.people, 'parley_presence_people', gauge('parley_presence_people')),
    one(t.messages, 'parley_messages_in_total', rate('parley_messages_in_total', 1)),
    three(t.delivery, 'parley_delivery_latency_seconds'),
    three(t.commit, 'parley_commit_latency_seconds'),
    three(t.store, 'parley_store_write_latency_seconds'),
    minute(t.failed, 'parley_failed_deliveries_total'),
    minute(t.refusals, 'parley_refusals_total'),
    minute(t.loginsFailed, 'parley_logins_failed_total'),
    one(t.cache, 'parley_cached_conversations', gauge('parley_cached_conversations')),
    one(
      t.cacheHits,
      'parley_cache_hits_total',
      hits('parley_cache_hits_total', 'parley_cache_misses_total'),
      'share',
    ),
  ];
}

/** What there is to draw of these samples, oldest first; what the server does not count is not there. */
export function chartsOf(samples: readonly Sample[], t: Texts['admin']): ChartData[] {
  const last = samples.at(-1);
  if (!last) return [];
  const has = (metric: string): boolean =>
    last.metrics.value(metric) !== undefined || last.metrics.buckets(metric) !== undefined;
  return specs(t)
    .filter(({ metric }) => has(metric))
    .map(({ name, unit, lines }) => ({
      name,
      unit,
      lines: lines.map(([label, read]) => ({
        label,
        values: samples.map((now, at) => read(now, samples[at - 1], samples[Math.max(0, at - WINDOW)])),
      })),
    }));
}
