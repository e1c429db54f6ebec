import { isGood, type Course } from './figures.ts';

export interface Panel {
  readonly name: string;
  readonly ours: Course;
  readonly oracle: Course;
  readonly forMs: number;
}

const WIDTH = 380;
const HEIGHT = 110;
const GAP = 34;
const COLUMNS = 3;

type Point = readonly [atMs: number, value: number];

/**
 * Draws one panel per row. The upper half shows the calls in flight at the origin and its knee. The
 * lower half shows good answers per second, of Datadip and of the oracle.
 */
export function picture(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const width = COLUMNS * (WIDTH + GAP) + GAP;
  const height = rows * (2 * HEIGHT + 2 * GAP) + GAP + 20;
  const drawn = panels.map((panel, at) => {
    const x = GAP + (at % COLUMNS) * (WIDTH + GAP);
    const y = GAP + 20 + Math.floor(at / COLUMNS) * (2 * HEIGHT + 2 * GAP);
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`;
  });
  const legend = `<text x="${GAP}" y="24">above: calls in flight at the origin (blue) and its knee (grey); below: good answers a second, Datadip (blue) and oracle (orange)</text>`;
  const style = 'text{font:12px sans-serif;fill:#333}path{fill:none;stroke-width:1.5}rect{fill:none;stroke:#ccc}';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><style>${style}</style><rect width="${width}" height="${height}" style="fill:#fff;stroke:none"/>${legend}${drawn.join('\n')}</svg>\n`;
}

function drawPanel({ name, ours, oracle, forMs }: Panel): string {
  const knee = ours.looks.map((look): Point => [look.atMs, look.knee]);
  const inFlight = ours.looks.map((look): Point => [look.atMs, look.inFlight]);
  const most = 1.1 * Math.max(...knee.map(([, value]) => value), ...inFlight.map(([, value]) => value));
  const [good, best] = [perSecond(ours, forMs), perSecond(oracle, forMs)];
  const mostGood = 1.1 * Math.max(...good.map(([, value]) => value), ...best.map(([, value]) => value));
  const below = `translate(0 ${HEIGHT + 8})`;
  return [
    `<text y="-6">${name.replace('<', '&lt;')} (to ${Math.round(most)} calls, ${Math.round(mostGood)} good/s)</text>`,
    `<rect width="${WIDTH}" height="${HEIGHT}"/>`,
    line(knee, forMs, most, '#999'),
    line(inFlight, forMs, most, '#1f6feb'),
    `<g transform="${below}"><rect width="${WIDTH}" height="${HEIGHT}"/>`,
    line(best, forMs, mostGood, '#e8912d'),
    `${line(good, forMs, mostGood, '#1f6feb')}</g>`,
  ].join('');
}

function perSecond({ fares }: Course, forMs: number): Point[] {
  const counts = Array.from({ length: Math.ceil(forMs / 1000) }, () => 0);
  for (const fare of fares.filter(isGood)) {
    const second = Math.floor((fare.askedAtMs + fare.tookMs) / 1000);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts.slice(0, Math.floor(forMs / 1000)).map((count, at): Point => [at * 1000 + 500, count]);
}

function line(points: readonly Point[], forMs: number, most: number, colour: string): string {
  const steps = points.map(([atMs, value]) => {
    const x = ((atMs / forMs) * WIDTH).toFixed(1);
    return `${x} ${(HEIGHT - (value / most) * HEIGHT).toFixed(1)}`;
  });
  return `<path stroke="${colour}" d="M${steps.join('L')}"/>`;
}
