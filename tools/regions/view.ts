import type { LinkState } from '../../test/support/regions/links.js';

/** The state of a region, as one of its processes reports it. */
export interface RegionReport {
  /** How long ago the region had heard everything; seconds. */
  readonly heardAgeS: number | undefined;
  /** How long ago each other region was heard, by its name; seconds. */
  readonly heardFromS: ReadonlyMap<string, number>;
  readonly lag: number;
  readonly outbox: number;
  readonly gaps: number;
  /** Claims that found an agent in this region. */
  readonly claims: number;
  /** Requests that were forwarded to the home of their tenant. */
  readonly forwarded: number;
}

export interface RegionRow {
  readonly name: string;
  readonly url: string;
  readonly link: LinkState;
  /** `undefined`: the process does not answer. */
  readonly report: RegionReport | undefined;
}

export interface Snapshot {
  readonly at: Date;
  readonly sandboxUrl: string;
  readonly kafka: { readonly address: string; readonly running: boolean };
  readonly rows: readonly RegionRow[];
  /** The last commands and warnings, the newest last. */
  readonly notes: readonly string[];
  /** `invalidatedWithinMs` and `silentAfterMs` of the regions, in seconds. */
  readonly blindAfterS: number;
  readonly silentAfterS: number;
}

const HEAD = ['region', 'address', 'link', 'hears', 'heard all', 'lag', 'outbox', 'claims', 'forwarded', 'gaps'];
const COMMANDS =
  'npm run regions -- cut eu | blackhole eu | slow eu 70 | heal eu | kill-broker | start-broker | status';

/** The view of the running regions, as lines of text. */
export function viewOf(snapshot: Snapshot): string[] {
  const { at, sandboxUrl, kafka, rows, notes } = snapshot;
  return [
    `Three regions at ${at.toISOString().slice(11, 19)} UTC`,
    '',
    ...aligned([HEAD, ...rows.map((row) => cellsOf(row, snapshot))]),
    '',
    `Kafka ${kafka.address} ${kafka.running ? 'runs' : 'is down'}; sandbox ${sandboxUrl}`,
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
    COMMANDS,
    'Ctrl-C ends everything.',
  ];
}

function cellsOf({ name, url, link, report }: RegionRow, snapshot: Snapshot): string[] {
  if (report === undefined) return [name, url, linkText(link), 'does not answer', '', '', '', '', '', ''];
  const { lag, outbox, claims, forwarded, gaps } = report;
  return [
    ...[name, url, linkText(link), hearsText(report, snapshot), heardAllText(report, snapshot)],
    ...[lag, outbox, claims, forwarded, gaps].map(String),
  ];
}

function linkText(link: LinkState): string {
  switch (link.kind) {
    case 'open':
      return link.oneWayMs === 0 ? 'open' : `${link.oneWayMs} ms`;
    case 'cut':
      return 'CUT';
    case 'blackhole':
      return 'BLACK HOLE';
  }
}

/** A region that is silent for too long is written in upper case. */
function hearsText({ heardFromS }: RegionReport, { silentAfterS }: Snapshot): string {
  const heard = [...heardFromS].toSorted(([left], [right]) => left.localeCompare(right));
  const texts = heard.map(([name, ageS]) => `${ageS > silentAfterS ? name.toUpperCase() : name} ${secondsText(ageS)}`);
  return texts.join('  ') || 'nothing yet';
}

function heardAllText({ heardAgeS }: RegionReport, { blindAfterS }: Snapshot): string {
  if (heardAgeS === undefined) return 'not yet';
  return `${secondsText(heardAgeS)} ago${heardAgeS > blindAfterS ? ', BLIND' : ''}`;
}

function secondsText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'never';
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
