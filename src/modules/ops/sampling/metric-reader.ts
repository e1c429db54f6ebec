import type { MetricReading, MetricsRegistry } from '../../../platform/metrics/metrics-registry.js';
import { byGroup, type Counts, type GroupedCounts } from './counts.js';
import type { CountGroup } from './process-sample.js';

/** The counters behind each group, and the label that names the counts of the group. */
const COUNTERS: Readonly<Record<Exclude<CountGroup, 'answers' | 'within'>, readonly [metric: string, label: string]>> =
  {
    degraded: ['datadip_degraded_total', 'reason'],
    calls: ['datadip_origin_requests_total', 'system'],
    errors: ['datadip_origin_requests_total', 'system'],
    shed: ['datadip_shed_total', 'priority'],
    shedReasons: ['datadip_shed_total', 'reason'],
    claims: ['datadip_agent_claims_total', 'outcome'],
    drift: ['datadip_agent_drift_total', 'platform'],
  };
const ANSWERS = 'datadip_lookup_duration_seconds';
/** The outcomes of calls to a system that are no failures. */
const SUCCESSES: ReadonlySet<string> = new Set(['ok', 'not_found']);

/** The gauges that a sample takes unchanged. */
const GAUGES = {
  inFlight: 'datadip_origin_in_flight',
  agents: 'datadip_agents',
  tokens: 'datadip_token_expires_in_seconds',
  requestsInFlight: 'datadip_http_requests_in_flight',
  busHeardAge: 'datadip_bus_heard_age_seconds',
  busLag: 'datadip_bus_lag_records',
  outbox: 'datadip_outbox_events',
  regions: 'datadip_region_last_heard_seconds',
} as const;
type Gauge = keyof typeof GAUGES;

/** The values of the metrics at one moment. */
export interface Metrics {
  readonly counts: GroupedCounts;
  readonly gauges: Readonly<Record<Gauge, readonly MetricReading[]>>;
}

/**
 * Reads the metrics that `/metrics` shows, so that the page and a dashboard show the same numbers.
 * A reading changes no metric: it may happen during a scrape, and a scrape during a reading.
 */
export async function readMetrics(registry: MetricsRegistry): Promise<Metrics> {
  const names = new Set([ANSWERS, ...Object.values(COUNTERS).map(([name]) => name), ...Object.values(GAUGES)]);
  // All metrics are read in the same turn of the event loop.
  const read = new Map(await Promise.all([...names].map(async (name) => [name, await registry.read(name)] as const)));
  const readings = (name: string): readonly MetricReading[] => read.get(name) ?? [];
  const gauges = Object.entries(GAUGES).map(([gauge, name]) => [gauge, readings(name)]);
  return {
    counts: byGroup((group) => countsOf(group, readings)),
    gauges: Object.fromEntries(gauges) as Metrics['gauges'],
  };
}

function countsOf(group: CountGroup, readings: (name: string) => readonly MetricReading[]): Counts {
  if (group === 'answers') return sumBy('source', linesOf(readings(ANSWERS), 'count'));
  if (group === 'within') return sumBy('le', linesOf(readings(ANSWERS), 'bucket'));
  const [name, label] = COUNTERS[group];
  const counted = readings(name);
  return sumBy(
    label,
    group === 'errors' ? counted.filter(({ labels }) => !SUCCESSES.has(`${labels.outcome}`)) : counted,
  );
}

/** The lines of a histogram that end in `_bucket` or `_count`. */
function linesOf(readings: readonly MetricReading[], kind: 'bucket' | 'count'): MetricReading[] {
  return readings.filter(({ metricName }) => metricName?.endsWith(`_${kind}`) === true);
}

function sumBy(label: string, readings: readonly MetricReading[]): Counts {
  const sums: Record<string, number> = {};
  for (const { labels, value } of readings) {
    const name = `${labels[label] ?? ''}`;
    sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

/** The sum of a gauge over all labels. */
export function sumOf(readings: readonly MetricReading[]): number {
  return readings.reduce((sum, { value }) => sum + value, 0);
}

/** The values of a gauge by one label. */
export function valuesBy(label: string, readings: readonly MetricReading[]): ReadonlyMap<string, number> {
  return new Map(readings.map(({ labels, value }) => [`${labels[label] ?? ''}`, value]));
}
