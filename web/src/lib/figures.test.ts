import { parseMetrics } from 'parley-client';
import { expect, test } from 'vitest';
import { en } from '../i18n/en';
import { chartsOf, type Sample } from './figures';

function sample(at: number, sent: number, quick: number, slow: number): Sample {
  return {
    at,
    metrics: parseMetrics(`# TYPE parley_messages_in_total counter
parley_messages_in_total ${sent}
parley_connections 7
parley_delivery_latency_seconds_bucket{le="0.001"} ${quick}
parley_delivery_latency_seconds_bucket{le="0.002"} ${quick + slow}
parley_delivery_latency_seconds_bucket{le="+Inf"} ${quick + slow}
parley_delivery_latency_seconds_count ${quick + slow}
`),
  };
}

test('rates are per second, times of what was observed since, and what is not counted is not drawn', () => {
  const charts = chartsOf([sample(0, 100, 1000, 0), sample(2000, 120, 1090, 10)], en.admin);
  const named = (name: string): (number | undefined)[][] | undefined =>
    charts.find((one) => one.name === name)?.lines.map(({ values }) => values);
  expect(named(en.admin.messages)).toEqual([[undefined, 10]]);
  expect(named(en.admin.connections)).toEqual([[7, 7]]);
  expect(named(en.admin.cacheHits)).toBeUndefined();
  const [p50, p95, p99] = (named(en.admin.delivery) ?? []).map((values) => values.at(-1) ?? NaN);
  expect(p50).toBeCloseTo(0.000_556, 5);
  expect(p95).toBeCloseTo(0.0015, 5);
  expect(p99).toBeCloseTo(0.0019, 5);
});

test('a counter that was set back counts as standing still', () => {
  const charts = chartsOf([sample(0, 100, 0, 0), sample(1000, 3, 0, 0)], en.admin);
  expect(charts.find((one) => one.name === en.admin.messages)?.lines[0]?.values.at(-1)).toBe(0);
});
