import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client';
import { LatencyHistogram } from './latency-histogram.js';

export interface CollectedMetric<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly Label[];
  /** Reads the current values, at every scrape. */
  readonly collect: () => readonly (readonly [labels: Readonly<Partial<Record<Label, string>>>, value: number])[];
}

/** The value of one time series. */
export interface MetricReading {
  /** Of a histogram: the name of the line, such as `…_bucket`. */
  readonly metricName?: string;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly value: number;
}

/**
 * Holds the metrics of the process. Each feature declares its own metrics in a `*.metrics.ts`.
 *
 * The names and labels are public: `docs/reference/metrics.md` lists them. Label values come from
 * the configuration or from closed sets, so the number of time series is bounded. There are two
 * exceptions. The values of the label `tenant` of `datadip_agents` come from requests, and a
 * process counts at most 1,000 active tenants. The label `region` of
 * `datadip_region_last_heard_seconds` also has the names of regions that were heard, at most 32. No
 * metric contains an identifier of a customer, a call or an agent.
 */
@Injectable()
export class MetricsRegistry {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in the Prometheus text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  /**
   * The values of one metric, as a scrape at this moment would show them. Does not change them: a
   * metric that is read at every scrape is emptied and filled without a pause in between.
   *
   * @throws {TypeError} if no metric has this name
   */
  async read(name: string): Promise<readonly MetricReading[]> {
    const metric = this.registry.getSingleMetric(name);
    if (metric === undefined) throw new TypeError(`no metric is called ${name}`);
    const { values } = await metric.get();
    return values;
  }

  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /** A histogram of seconds. */
  latencyHistogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): LatencyHistogram<Label> {
    const histogram = new LatencyHistogram(name, help, labelNames);
    // The type names the classes of the library. Its registry calls only `get`.
    this.registry.registerMetric(histogram as unknown as Metric);
    return histogram;
  }

  /** A gauge whose values are read at every scrape. Values of an earlier scrape are forgotten. */
  collectedGauge<Label extends string>({ name, help, labelNames = [], collect }: CollectedMetric<Label>): void {
    new Gauge<Label>({
      ...{ name, help, labelNames, registers: [this.registry] },
      collect() {
        this.reset();
        for (const [labels, value] of collect()) this.set(labels as Record<Label, string>, value);
      },
    });
  }

  /**
   * A counter whose values are read at every scrape. The owner counts in plain numbers: the library
   * builds a text of all labels for each increment, which costs a near hit 1 µs.
   */
  collectedCounter<Label extends string>({ name, help, labelNames = [], collect }: CollectedMetric<Label>): void {
    new Counter<Label>({
      ...{ name, help, labelNames, registers: [this.registry] },
      collect() {
        this.reset();
        for (const [labels, value] of collect()) this.inc(labels as Record<Label, string>, value);
      },
    });
  }

  /**
   * A counter that repeats the number of observations of a histogram, so that the hit path
   * updates one metric and not two.
   */
  countOf<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    histogram: LatencyHistogram<Label>,
  ): void {
    this.collectedCounter({
      name,
      help,
      labelNames,
      collect: () => histogram.counts() as [Record<Label, string>, number][],
    });
  }
}
