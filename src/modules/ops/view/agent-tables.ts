import type { RecentWindows, Window } from '../region/recent-windows.js';
import type { RegionState } from '../region/region-state.js';
import { findingOf, type State } from './judgement.js';
import { duration, stateCell, whole, WINDOW_COLUMNS, type Judged, type Table } from './table.js';

/** A token is refreshed long before this remaining life, in seconds. */
const ABOUT_TO_END_S = 60;
const STATUSES = ['AVAILABLE', 'BUSY', 'OFFLINE'];
const SHOWN: readonly Window[] = ['now', 'chart', 'day'];

export function tokenTable({ tokens }: RegionState): Judged {
  const judged = [...tokens].map(([platform, expiresInS]) => {
    const state = tokenState(expiresInS);
    const text = { well: 'valid', watch: 'about to end', alarm: 'no valid token', none: 'unknown' }[state];
    return { platform, state, row: [platform, duration(expiresInS), stateCell(state, text)] };
  });
  return {
    tables: [
      {
        id: 'tokens',
        title: 'Access tokens',
        columns: ['platform', 'ends in', 'state'],
        rows: judged.map(({ row }) => row),
        empty: 'No system needs an access token.',
        note: 'The shortest remaining life among the clients and processes.',
      },
    ],
    findings: judged.flatMap(({ platform, state }) =>
      findingOf(
        state,
        state === 'alarm' ? `no valid token for ${platform}` : `a token for ${platform} is about to end`,
      ),
    ),
  };
}

function tokenState(expiresInS: number): State {
  if (expiresInS <= 0) return 'alarm';
  return expiresInS < ABOUT_TO_END_S ? 'watch' : 'well';
}

export function agentTables({ agents }: RegionState, windows: RecentWindows): readonly Table[] {
  const others = Object.keys(agents).filter((status) => !STATUSES.includes(status));
  const known = Object.keys(agents).length > 0;
  return [
    {
      id: 'agents',
      title: 'Agents by status',
      columns: ['status', 'agents'],
      rows: known ? [...STATUSES, ...others].map((status) => [status, whole(agents[status] ?? 0)]) : [],
      empty: 'No agent is known.',
    },
    countTable(windows, {
      ...{ id: 'claims', title: 'Claims of agents', group: 'claims', first: 'outcome' },
      empty: 'No agent was claimed since 24 h.',
    }),
    countTable(windows, {
      ...{ id: 'drift', title: 'Drift of agents', group: 'drift', first: 'platform' },
      empty: 'No stored status differed from the platform since 24 h.',
    }),
  ];
}

interface CountTable {
  readonly id: string;
  readonly title: string;
  readonly group: 'claims' | 'drift';
  readonly first: string;
  readonly empty: string;
}

function countTable(windows: RecentWindows, { id, title, group, first, empty }: CountTable): Table {
  const names = Object.keys(windows.of('day', group)).sort();
  const rows = names.map((name) => [name, ...SHOWN.map((window) => whole(windows.of(window, group)[name] ?? 0))]);
  return { id, title, columns: [first, ...WINDOW_COLUMNS], rows, empty };
}
