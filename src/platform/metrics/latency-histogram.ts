/**
 * From a near hit to past the deadline, in seconds. The targets and alarms of answers are bounds:
 * 30, 80, 100 and 300 ms. A percentile between two bounds is only estimated.
 */
export const LATENCY_BOUNDS_S = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.03, 0.05, 0.08, 0.1, 0.25, 0.3, 0.5, 1, 2, 2.5, 2.55, 5, 10],
] as const;

/** The observations with one combination of label values. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** The observations of each bucket alone, without smaller buckets. The last bucket is `+Inf`. */
  readonly counts: number[];
  sumS: number;
}

/** A level of the search for a series: the next label value leads to the next level. */
type Level = Map<string, Level | Series>;

/** A line of the Prometheus text format, as the registry of prom-client takes it. */
interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * A histogram of durations, with the methods that the registry of prom-client calls.
 *
 * Every hit makes two observations. An observation costs 0.04 µs here and 0.41 µs in prom-client
 * (15.1, Node 24, in a loop). The library joins the label values to a text and hashes it.
 *
 * Does not guarantee: a bound on the number of series. The caller takes label values from closed
 * sets.
 */
export class LatencyHistogram<Label extends string> {
  readonly type = 'histogram';
  private readonly root: Level = new Map();
  private readonly all: Series[] = [];

  constructor(
    readonly name: string,
    readonly help: string,
    /** At least one. */
    private readonly labelNames: readonly Label[],
  ) {}

  /** @param values one for each label, in the order of their declaration */
  observe(seconds: number, values: readonly string[]): void {
    const series = this.seriesOf(values);
    let bucket = 0;
    while (seconds > (LATENCY_BOUNDS_S[bucket] ?? Infinity)) bucket++;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sumS += seconds;
  }

  /** The number of observations of each series. */
  counts(): (readonly [labels: Series['labels'], count: number])[] {
    return this.all.map(({ labels, counts }) => [labels, total(counts)]);
  }

  /** Called by the registry at every scrape. */
  get(): Promise<{ name: string; help: string; type: string; values: Sample[] }> {
    const { name, help, type } = this;
    return Promise.resolve({ name, help, type, values: this.all.flatMap((series) => this.samplesOf(series)) });
  }

  private samplesOf({ labels, counts, sumS }: Series): Sample[] {
    let below = 0;
    const buckets = counts.map((count, at): Sample => {
      below += count;
      return {
        metricName: `${this.name}_bucket`,
        labels: { le: LATENCY_BOUNDS_S[at] ?? '+Inf', ...labels },
        value: below,
      };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sumS },
      { metricName: `${this.name}_count`, labels, value: below },
    ];
  }

  private seriesOf(values: readonly string[]): Series {
    let found: Level | Series | undefined = this.root;
    for (const value of values) found = (found as Level | undefined)?.get(value);
    return found === undefined ? this.create(values) : (found as Series);
  }

  private create(values: readonly string[]): Series {
    const labels = Object.fromEntries(this.labelNames.map((name, at) => [name, values[at] ?? '']));
    const series: Series = { labels, counts: [...LATENCY_BOUNDS_S, Infinity].map(() => 0), sumS: 0 };
    this.all.push(series);
    let level = this.root;
    for (const value of values.slice(0, -1)) {
      const next = (level.get(value) as Level | undefined) ?? new Map<string, Level | Series>();
      level.set(value, next);
      level = next;
    }
    level.set(values.at(-1) ?? '', series);
    return series;
  }
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
