import { DASHES } from './elements.js';

const HEIGHT = 170;
const SHOWN_SECONDS = 900;
/** The lines of targets and alarms. */
const BOUND_DASH = [4, 4];

/** Reads a colour of the style sheet, in the present light or dark scheme. */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
}

function clockText(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
}

/** A chart of one section. Screen readers read the table next to it instead. */
export class SectionChart {
  /** @param first the index of the first series of the chart in the points of a second */
  constructor(host, description, first) {
    this.description = description;
    this.first = first;
    this.data = [[], ...description.series.map(() => [])];
    this.host = host;
    this.plot = new uPlot(this.options(host.clientWidth), this.data, host);
    new ResizeObserver(() => this.plot.setSize({ width: host.clientWidth, height: HEIGHT })).observe(host);
  }

  /** Replaces all seconds. */
  replace(seconds) {
    this.data = [seconds.map(({ atMs }) => atMs / 1000)];
    this.description.series.forEach((_, at) =>
      this.data.push(seconds.map(({ points }) => points[this.first + at] ?? null)),
    );
    this.plot.setData(this.data);
  }

  add({ atMs, points }, maxSeconds) {
    this.data[0].push(atMs / 1000);
    this.description.series.forEach((_, at) => this.data[at + 1].push(points[this.first + at] ?? null));
    if (this.data[0].length > maxSeconds) for (const column of this.data) column.shift();
    this.plot.setData(this.data);
  }

  /** Draws again in the colours of the present scheme. */
  redraw() {
    this.plot.redraw(false, true);
  }

  options(width) {
    const { series, unit, lines } = this.description;
    const axis = {
      stroke: () => colour('muted'),
      grid: { stroke: () => colour('line'), width: 1 },
      ticks: { show: false },
    };
    const highest = Math.max(1, ...lines.map(({ value }) => value));
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_, __, newest) => [(newest ?? 0) - SHOWN_SECONDS, newest ?? 0] },
        y: {
          range: (_, __, max) => (unit === '%' && highest > 30 ? [0, 100] : [0, Math.max(highest, max ?? 0) * 1.1]),
        },
      },
      axes: [
        { ...axis, values: (_, splits) => splits.map(clockText) },
        { ...axis, size: 56 },
      ],
      series: [
        {},
        ...series.map(({ label, colour: name }, at) => ({
          label,
          stroke: () => colour(name),
          width: 2,
          dash: DASHES[at % DASHES.length],
          points: { show: false },
          spanGaps: true,
        })),
      ],
      hooks: { drawAxes: [(plot) => this.drawLines(plot)] },
    };
  }

  drawLines(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.setLineDash(BOUND_DASH);
    for (const { value, kind } of this.description.lines) {
      const y = plot.valToPos(value, 'y', true);
      ctx.strokeStyle = colour(kind === 'alarm' ? 'alarm' : 'well');
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }
}
