import type { RecentWindows, Window } from '../region/recent-windows.js';
import type { RegionState, RegionSystem } from '../region/region-state.js';
import { percentOf } from './figures.js';
import { BOUNDS, findingOf, worst, type Finding, type State } from './judgement.js';
import { judgeRecent } from './recent-judgement.js';
import { ago, amount, stateCell, whole, type Cell, type Judged } from './table.js';

/** Above this share of its limit, a system is nearly full. */
const NEARLY_FULL = 0.9;

const COLUMNS = [
  'system',
  'state',
  'errors, last 10 s',
  'errors, since 24 h',
  'calls in flight',
  'circuit',
  'pause',
  'last failure',
];

/** The systems of record, the worst first. */
export function systemTable({ systems }: RegionState, windows: RecentWindows): Judged {
  const judged = systems
    .map((system) => judgedSystem(system, windows))
    .toSorted((one, other) => SEVERITY.indexOf(other.state) - SEVERITY.indexOf(one.state));
  return {
    tables: [
      {
        id: 'systems',
        title: 'Systems of record',
        columns: COLUMNS,
        rows: judged.map(({ row }) => row),
        empty: 'The configuration declares no system.',
      },
    ],
    findings: judged.flatMap(({ findings }) => findings),
  };
}

const SEVERITY: readonly State[] = ['none', 'well', 'watch', 'alarm'];

/** A judged property of a system: its cell, and the finding about it. */
interface Property {
  readonly state: State;
  readonly text: string;
  readonly finding: string;
}

function judgedSystem(system: RegionSystem, windows: RecentWindows) {
  const { name, failure } = system;
  const calls = (window: Window) => windows.of(window, 'calls')[name] ?? 0;
  const errorShare = (window: Window) => percentOf(windows.of(window, 'errors')[name] ?? 0, calls(window));
  const errors = judgeRecent(windows, BOUNDS.originErrors, calls, errorShare);
  const properties = [inFlight(system), circuit(system), pause(system)];
  const isCalled = calls('now') > 0;
  const state = worst([errors, isCalled ? 'well' : 'none', ...properties.map((property) => property.state)]);
  const row: readonly Cell[] = [
    name,
    stateCell(state, state === 'none' ? 'no calls' : undefined),
    amount(errorShare('now'), '%'),
    amount(errorShare('day'), '%'),
    ...properties.map(({ text, state: judged }) => ({ text, state: judged })),
    failure === undefined ? 'none' : `${failure.text}, ${ago(failure.ageMs)}`,
  ];
  const { target, alarm } = BOUNDS.originErrors;
  const findings: readonly Finding[] = [
    ...findingOf(errors, `${name} fails more than ${errors === 'alarm' ? alarm : target} % of its calls`),
    ...properties.flatMap(({ state: judged, finding }) => findingOf(judged, finding)),
  ];
  return { state, row, findings };
}

function inFlight({ name, inFlight: calls, limit }: RegionSystem): Property {
  const isNearlyFull = calls >= NEARLY_FULL * limit;
  return {
    state: isNearlyFull ? 'watch' : 'none',
    text: `${whole(calls)} of ${whole(limit)}${isNearlyFull ? ', nearly full' : ''}`,
    finding: `${name} is nearly at its limit of calls in flight`,
  };
}

function circuit({ name, openIn, processes }: RegionSystem): Property {
  return {
    state: openIn === 0 ? 'none' : 'alarm',
    text: openIn === 0 ? 'closed' : `open in ${openIn} of ${processes}`,
    finding: `the circuit of ${name} is open`,
  };
}

function pause({ name, pausedIn, processes }: RegionSystem): Property {
  return {
    state: pausedIn === 0 ? 'none' : 'watch',
    text: pausedIn === 0 ? 'no' : `in ${pausedIn} of ${processes}`,
    finding: `${name} asked for a pause`,
  };
}
