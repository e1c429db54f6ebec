import { SectionChart } from './charts.js';
import { element, setClass, setText } from './elements.js';
import { Live } from './live.js';
import { SectionTable } from './tables.js';

/** The order of the sections: what callers get, who is sick, who is turned away, then the rest. */
const ORDER = [
  ...['answers', 'latency', 'origin-errors', 'systems', 'shed', 'hit-rate', 'connections', 'processes'],
  ...['event-loop', 'tokens', 'agents', 'claims', 'drift', 'regions', 'troubles'],
];
const MAX_SECONDS = 900;

const byId = (id) => document.getElementById(id);
/** The sections of the page by id. */
const sections = new Map();
let charts = [];

function addSection(id, title, series) {
  const headingId = `heading-${id}`;
  const heading = element('h2', { id: headingId }, title);
  const section = element('section', { id: `section-${id}`, 'aria-labelledby': headingId }, heading);
  const place = (wanted) => (ORDER.indexOf(wanted) === -1 ? ORDER.length : ORDER.indexOf(wanted));
  const next = [...sections.keys()].find((other) => place(other) > place(id));
  byId('main').insertBefore(section, next === undefined ? null : sections.get(next).section);
  const link = element('li', {}, element('a', { href: `#section-${id}` }, title));
  byId('sections').insertBefore(link, next === undefined ? null : sections.get(next).link);
  const chartHost = element('div', { class: 'chart', 'aria-hidden': 'true' });
  if (series !== undefined) section.append(chartHost);
  sections.set(id, { section, link, chartHost, table: new SectionTable(section, headingId, series) });
  const sorted = [...sections].sort(([one], [other]) => place(one) - place(other));
  sections.clear();
  for (const [key, value] of sorted) sections.set(key, value);
  return sections.get(id);
}

function showHistory({ charts: descriptions, seconds }) {
  if (charts.length === 0) {
    let first = 0;
    charts = descriptions.map((description) => {
      const { id, title, unit, series } = description;
      const { chartHost } = addSection(id, `${title}, ${unit}`, series);
      const chart = new SectionChart(chartHost, description, first);
      first += series.length;
      return chart;
    });
  }
  for (const chart of charts) chart.replace(seconds);
}

/** A stream begins with its last second twice: in its history, and as a second. */
let lastAtMs = 0;

function showSecond({ atMs, points, view }) {
  if (atMs > lastAtMs) for (const chart of charts) if (points.length > 0) chart.add({ atMs, points }, MAX_SECONDS);
  lastAtMs = atMs;
  const { region, heard, state, sentence, tables } = view;
  setText(byId('region'), region);
  setText(byId('sentence'), sentence);
  setClass(byId('sentence'), `state-${state}`);
  setText(
    byId('heard'),
    heard === 1 ? '1 process heard in the last 5 s.' : `${heard} processes heard in the last 5 s.`,
  );
  document.title = `${state === 'well' ? 'well' : state.toUpperCase()} · ${region} · Datadip`;
  for (const table of tables) {
    const { table: shown } = sections.get(table.id) ?? addSection(table.id, table.title);
    shown.show(table);
  }
}

function showLink(state, words) {
  setText(byId('link'), words);
  setClass(byId('link'), `state-${state}`);
}

const live = new Live({
  history: (history) => {
    lastAtMs = history.seconds.at(-1)?.atMs ?? 0;
    showHistory(history);
  },
  second: showSecond,
  link: showLink,
});

byId('pause').addEventListener('click', () => {
  live.setPaused(!live.isPaused);
  setText(byId('pause'), live.isPaused ? 'Resume' : 'Pause');
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => charts.forEach((chart) => chart.redraw()));
