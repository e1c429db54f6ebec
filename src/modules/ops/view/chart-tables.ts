import type { RecentWindows, Window } from '../region/recent-windows.js';
import { total, type Counts } from '../sampling/counts.js';
import type { CountGroup } from '../sampling/process-sample.js';
import {
  ANSWERS_CHART,
  HIT_RATE_CHART,
  LATENCY_CHART,
  LOOP_CHART,
  ORIGIN_ERRORS_CHART,
  PRIORITIES,
  SHED_CHART,
  SOURCES,
} from './charts.js';
import { answered, hitRatePercent, percentileMs, percentOf } from './figures.js';
import { BOUNDS, findingOf, judge, targetText, type Bounds, type State } from './judgement.js';
import { judgeRecent } from './recent-judgement.js';
import { amount, stateCell, whole, WINDOW_COLUMNS, type Judged, type Table } from './table.js';

const SHOWN: readonly Window[] = ['now', 'chart', 'day'];

/** The tables next to the charts. */
export function chartTables(windows: RecentWindows, loopMaxMs: number): Judged {
  const parts = [
    { tables: [answersTable(windows)], findings: [] },
    latency(windows),
    hitRate(windows),
    originErrors(windows),
    shed(windows),
    loopDelay(loopMaxMs),
  ];
  return { tables: parts.flatMap(({ tables }) => tables), findings: parts.flatMap(({ findings }) => findings) };
}

function answersTable(windows: RecentWindows): Table {
  const now = windows.of('now', 'answers');
  const seconds = Math.max(1, windows.lengthS('now'));
  const rows = SOURCES.map(([source, meaning]) => [
    `${source}: ${meaning}`,
    `${amount((now[source] ?? 0) / seconds)} per s`,
    ...(['chart', 'day'] as const).map((window) => share(windows.of(window, 'answers'), source)),
  ]);
  return { id: ANSWERS_CHART, title: 'Answers by source', columns: ['source', ...WINDOW_COLUMNS], rows };
}

/** A count with its share of all counts. */
function share(counts: Counts, name: string): string {
  const percent = percentOf(counts[name] ?? 0, total(counts));
  return percent === undefined ? '0' : `${whole(counts[name] ?? 0)} (${amount(percent)} %)`;
}

function latency(windows: RecentWindows): Judged {
  const answers = (window: Window) => total(windows.of(window, 'answers'));
  const judged = (
    [
      ['p50', 0.5],
      ['p95', 0.95],
    ] as const
  ).map(([name, percentile]) => {
    const figure = (window: Window) => percentileMs(windows.of(window, 'within'), percentile);
    return judgedRow(windows, { name, bounds: BOUNDS[name], events: answers, figure });
  });
  return judgedTable(LATENCY_CHART, 'Time to answer', 'percentile', judged);
}

function hitRate(windows: RecentWindows): Judged {
  const row = judgedRow(windows, {
    name: 'hit rate',
    bounds: BOUNDS.hitRate,
    events: (window) => answered(windows.of(window, 'answers')),
    figure: (window) => hitRatePercent(windows.of(window, 'answers')),
  });
  return judgedTable(HIT_RATE_CHART, 'Hit rate', 'figure', [row]);
}

function originErrors(windows: RecentWindows): Judged {
  const sum = (window: Window, group: CountGroup) => total(windows.of(window, group));
  const row = judgedRow(windows, {
    name: 'origin errors',
    bounds: BOUNDS.originErrors,
    events: (window) => sum(window, 'calls'),
    figure: (window) => percentOf(sum(window, 'errors'), sum(window, 'calls')),
  });
  return judgedTable(ORIGIN_ERRORS_CHART, 'Origin errors', 'figure', [row]);
}

function shed(windows: RecentWindows): Judged {
  const now = windows.of('now', 'shed');
  const stateOf = (priority: string): State => {
    if ((now[priority] ?? 0) === 0) return 'well';
    return priority === 'ivr' ? 'alarm' : 'watch';
  };
  const rows = PRIORITIES.map((priority) => [
    priority,
    ...SHOWN.map((window) => whole(windows.of(window, 'shed')[priority] ?? 0)),
    stateCell(stateOf(priority), stateOf(priority) === 'well' ? 'none shed' : 'shed now'),
  ]);
  const reasons = Object.entries(windows.of('now', 'shedReasons')).map(([reason, count]) => `${reason} ${count}`);
  return {
    tables: [
      {
        ...{ id: SHED_CHART, title: 'Shed calls by priority', columns: ['priority', ...WINDOW_COLUMNS, 'state'], rows },
        ...(reasons.length === 0 ? {} : { note: `Reasons in the last 10 s: ${reasons.join(', ')}.` }),
      },
    ],
    findings: PRIORITIES.flatMap((priority) => findingOf(stateOf(priority), `calls of priority ${priority} are shed`)),
  };
}

function loopDelay(loopMaxMs: number): Judged {
  const state = judge(loopMaxMs, BOUNDS.loopDelay);
  const rows = [['greatest delay', amount(loopMaxMs, 'ms'), targetText(BOUNDS.loopDelay), stateCell(state)]];
  return {
    tables: [{ id: LOOP_CHART, title: 'Event-loop delay', columns: ['figure', 'last 3 s', 'target', 'state'], rows }],
    findings: findingOf(state, 'the event loop of a process is late'),
  };
}

interface JudgedFigure {
  readonly name: string;
  readonly bounds: Bounds;
  readonly events: (window: Window) => number;
  readonly figure: (window: Window) => number | undefined;
}

function judgedRow(windows: RecentWindows, { name, bounds, events, figure }: JudgedFigure) {
  const state = judgeRecent(windows, bounds, events, figure);
  const figures = SHOWN.map((window) => amount(figure(window), bounds.unit));
  return { name, bounds, state, row: [name, ...figures, targetText(bounds), stateCell(state)] };
}

function judgedTable(
  id: string,
  title: string,
  first: string,
  judged: readonly ReturnType<typeof judgedRow>[],
): Judged {
  const findings = judged.flatMap(({ name, bounds, state }) => {
    const limit = state === 'alarm' ? bounds.alarm : bounds.target;
    const side = bounds.direction === 'below' ? 'above' : 'below';
    const figure = id === LATENCY_CHART ? `time to answer (${name})` : name;
    return findingOf(state, `${figure} ${side} ${limit} ${bounds.unit}`);
  });
  const columns = [first, ...WINDOW_COLUMNS, 'target', 'state'];
  return { tables: [{ id, title, columns, rows: judged.map(({ row }) => row) }], findings };
}
