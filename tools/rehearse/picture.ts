import { OUTCOMES, type Outcome } from './doors.ts';
import type { Plan } from './plan.ts';
import type { Rehearsal, Side } from './rehearsal.ts';
import { LABELS, SIDES } from './report.ts';
import type { Look, Run } from './run.ts';

const WIDTH = 720;
const HEIGHT = 150;
const LEFT = 60;
const TOP = 92;
const GAP = 54;

/** Okabe and Ito's colours, which people who see red and green alike can tell apart. */
const COLOURS: Readonly<Record<Outcome, string>> = {
  real: '#009e73',
  stale: '#56b4e9',
  degraded: '#e69f00',
  late: '#d55e00',
  failed: '#7f3b8f',
};

const STYLE = [
  'svg{background:#fff}text{font:13px sans-serif;fill:#222}.small{font-size:11px}.frame{fill:none;stroke:#999}',
  '.without{fill:none;stroke:#d55e00;stroke-width:1.5}.with{fill:none;stroke:#0072b2;stroke-width:3}',
  '.capacity{stroke:#666;stroke-dasharray:5 4}',
  '@media(prefers-color-scheme:dark){svg{background:#16181c}text{fill:#e8e8e8}.frame{stroke:#777}',
  '.with{stroke:#6cb8ff}.without{stroke:#ff8a4c}.capacity{stroke:#aaa}}',
].join('');

/** The lines differ by more than their colour. */
const LINES: Readonly<Record<Side, string>> = { without: 'thin', with: 'thick' };

type Shown = Pick<Plan, 'forMs' | 'originCapacity' | 'callsPerSecond'>;

/**
 * Draws a rehearsal. Each run has a panel with the outcomes of its calls, by the second in which
 * they were due. The last panel has the calls in flight at the busiest system. Words name every
 * colour.
 */
export function pictureOf(plan: Shown, rehearsal: Rehearsal, sentence: string): string {
  const sides = (['without', 'with'] as const).flatMap((side) => {
    const run = rehearsal[side];
    return run === undefined ? [] : [{ side, run }];
  });
  const most = Math.max(1, ...sides.flatMap(({ run }) => run.bySecond.map((counts) => sumOf(counts))));
  const panels = sides.map(({ side, run }) => outcomePanel(side, run, plan.forMs, most));
  const looks = sides.filter(({ run }) => run.looks.length > 0);
  if (looks.length > 0) panels.push(flightPanel(looks, plan));
  const height = TOP + panels.length * (HEIGHT + GAP);
  const placed = panels.map(
    (panel, at) => `<g transform="translate(${LEFT} ${TOP + at * (HEIGHT + GAP)})">${panel}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${height}" role="img">`,
    `<title>Rehearsal of ${plan.callsPerSecond} calls per second</title><desc>${escaped(sentence)}</desc>`,
    `<style>${STYLE}</style>`,
    ...sentenceLines(sentence).map((line, at) => `<text x="${LEFT}" y="${20 + at * 17}">${escaped(line)}</text>`),
    `<g transform="translate(${LEFT} 48)">${legend()}</g>`,
    ...placed,
    '</svg>\n',
  ].join('\n');
}

function legend(): string {
  return OUTCOMES.map((outcome, at) => {
    const x = at * 140;
    return `<rect x="${x}" width="11" height="11" fill="${COLOURS[outcome]}"/><text class="small" x="${x + 16}" y="10">${LABELS[outcome]}</text>`;
  }).join('');
}

function outcomePanel(side: Side, { bySecond }: Run, forMs: number, most: number): string {
  const perX = WIDTH / (forMs / 1000);
  const bars = bySecond.flatMap((counts, second) => {
    let bottom = HEIGHT;
    return OUTCOMES.flatMap((outcome) => {
      const height = (counts[outcome] / most) * HEIGHT;
      bottom -= height;
      if (height === 0) return [];
      const width = Math.min(perX, WIDTH - second * perX);
      const [x, y] = [second * perX, bottom].map(rounded);
      return `<rect x="${x}" y="${y}" width="${rounded(width)}" height="${rounded(height)}" fill="${COLOURS[outcome]}"/>`;
    });
  });
  return `${bars.join('')}${frame(`Calls per second, ${SIDES[side]}`, `${most}`, forMs)}`;
}

function flightPanel(sides: readonly { side: Side; run: Run }[], { forMs, originCapacity }: Shown): string {
  const most = Math.max(originCapacity, ...sides.flatMap(({ run }) => run.looks.map(([, inFlight]) => inFlight)));
  const y = rounded(HEIGHT - (originCapacity / most) * HEIGHT);
  const lines = sides.map(({ side, run }) => `<path class="${side}" d="${pathOf(run.looks, forMs, most)}"/>`);
  const names = sides.map(({ side, run }) => `${side} (${LINES[side]}) ${highestOf(run)}`);
  const capacity = `<path class="capacity" d="M0 ${y}H${WIDTH}"/>`;
  const title = `Calls in flight at the origin. Peak ${names.join(', ')}; capacity (dashed) ${originCapacity}`;
  return `${capacity}${lines.join('')}${frame(title, `${most}`, forMs)}`;
}

function frame(title: string, most: string, forMs: number): string {
  return [
    `<rect class="frame" width="${WIDTH}" height="${HEIGHT}"/><text y="-7">${escaped(title)}</text>`,
    `<text class="small" x="-6" y="10" text-anchor="end">${most}</text>`,
    `<text class="small" x="-6" y="${HEIGHT}" text-anchor="end">0</text>`,
    `<text class="small" x="0" y="${HEIGHT + 15}">0 s</text>`,
    `<text class="small" x="${WIDTH}" y="${HEIGHT + 15}" text-anchor="end">${Math.round(forMs / 1000)} s</text>`,
  ].join('');
}

function pathOf(looks: readonly Look[], forMs: number, most: number): string {
  const points = looks.map(([atMs, inFlight]) => {
    return `${rounded((atMs / forMs) * WIDTH)} ${rounded(HEIGHT - (inFlight / most) * HEIGHT)}`;
  });
  return `M${points.join('L')}`;
}

function sentenceLines(sentence: string): string[] {
  const lines = [''];
  for (const word of sentence.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > 105) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

function highestOf({ looks, origin }: Run): number {
  return Math.max(...looks.map(([, inFlight]) => inFlight), ...(origin?.peaks.values() ?? []));
}

function sumOf(counts: Readonly<Record<Outcome, number>>): number {
  return OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
}

function rounded(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
