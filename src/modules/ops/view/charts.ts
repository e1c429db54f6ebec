import { total, type GroupedCounts } from '../sampling/counts.js';
import { hitRatePercent, percentileMs, percentOf } from './figures.js';
import { BOUNDS, type Bounds } from './judgement.js';

interface Series {
  readonly label: string;
  /** The name of a colour of the page. */
  readonly colour: string;
  /** @returns `undefined` if there is nothing to draw in this second */
  readonly read: (second: Second) => number | undefined;
}

/** The counts of one second of the region. */
export interface Second {
  readonly counts: GroupedCounts;
  /** The greatest delay of an event loop among the processes. */
  readonly loopMaxMs: number;
}

interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** The targets and alarms that the chart draws as lines. */
  readonly bounds: readonly Bounds[];
}

export const ANSWERS_CHART = 'answers';
export const LATENCY_CHART = 'latency';
export const HIT_RATE_CHART = 'hit-rate';
export const ORIGIN_ERRORS_CHART = 'origin-errors';
export const SHED_CHART = 'shed';
export const LOOP_CHART = 'event-loop';

/** The sources of answers, in the order of the page, with the meaning of each. */
export const SOURCES = [
  ['cache', 'fresh entry'],
  ['stale', 'entry past its lifetime'],
  ['origin', 'asked now'],
  ['degraded', 'defaults'],
  ['none', 'no usable key'],
] as const;

/** The priorities, in the order in which the callers matter. */
export const PRIORITIES = ['ivr', 'desktop', 'background'] as const;

const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds * 10) / 10);

const CHARTS: readonly Chart[] = [
  {
    id: ANSWERS_CHART,
    title: 'Answers by source',
    unit: 'per second',
    bounds: [],
    series: SOURCES.map(([source]) => ({
      label: source,
      colour: `source-${source}`,
      read: ({ counts }) => counts.answers[source] ?? 0,
    })),
  },
  {
    id: LATENCY_CHART,
    title: 'Time to answer',
    unit: 'ms',
    bounds: [BOUNDS.p50, BOUNDS.p95],
    series: [
      { label: 'p50', colour: 'first', read: ({ counts }) => ms(percentileMs(counts.within, 0.5)) },
      { label: 'p95', colour: 'second', read: ({ counts }) => ms(percentileMs(counts.within, 0.95)) },
    ],
  },
  {
    id: HIT_RATE_CHART,
    title: 'Hit rate',
    unit: '%',
    bounds: [BOUNDS.hitRate],
    series: [{ label: 'hit rate', colour: 'first', read: ({ counts }) => ms(hitRatePercent(counts.answers)) }],
  },
  {
    id: ORIGIN_ERRORS_CHART,
    title: 'Origin errors',
    unit: '%',
    bounds: [BOUNDS.originErrors],
    series: [
      {
        label: 'failed calls',
        colour: 'second',
        read: ({ counts }) => ms(percentOf(total(counts.errors), total(counts.calls))),
      },
    ],
  },
  {
    id: SHED_CHART,
    title: 'Shed calls by priority',
    unit: 'per second',
    bounds: [],
    series: PRIORITIES.map((priority) => ({
      label: priority,
      colour: `priority-${priority}`,
      read: ({ counts }) => counts.shed[priority] ?? 0,
    })),
  },
  {
    id: LOOP_CHART,
    title: 'Event-loop delay',
    unit: 'ms',
    bounds: [BOUNDS.loopDelay],
    series: [{ label: 'greatest delay', colour: 'first', read: ({ loopMaxMs }) => ms(loopMaxMs) }],
  },
];

/** A chart as the page gets it. */
export interface ChartDescription {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly { readonly label: string; readonly colour: string }[];
  readonly lines: readonly { readonly value: number; readonly kind: 'target' | 'alarm' }[];
}

export const CHART_DESCRIPTIONS: readonly ChartDescription[] = CHARTS.map(({ id, title, unit, series, bounds }) => ({
  ...{ id, title, unit, series: series.map(({ label, colour }) => ({ label, colour })) },
  lines: bounds.flatMap(({ target, alarm }) => [
    { value: target, kind: 'target' as const },
    { value: alarm, kind: 'alarm' as const },
  ]),
}));

/** The values of a second for every series of every chart, in their order. */
export type Points = readonly (number | null)[];

export function pointsOf(second: Second): Points {
  return CHARTS.flatMap(({ series }) => series.map(({ read }) => read(second) ?? null));
}
