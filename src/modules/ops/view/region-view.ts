import type { RecentWindows } from '../region/recent-windows.js';
import type { RegionState } from '../region/region-state.js';
import { agentTables, tokenTable } from './agent-tables.js';
import { chartTables } from './chart-tables.js';
import { worst, type Finding, type State } from './judgement.js';
import { connectionTable, otherRegionsTable, processTable, troubleTable } from './region-tables.js';
import { systemTable } from './system-table.js';
import type { Table } from './table.js';

/** The findings that the first line of the page names. The tables show all of them. */
const MAX_NAMED = 4;

/** Everything that the page shows, except the lines of the charts. */
export interface RegionView {
  readonly region: string;
  /** Processes that were heard in the last 5 s. */
  readonly heard: number;
  readonly state: State;
  /** Names the worst states in one sentence. */
  readonly sentence: string;
  readonly tables: readonly Table[];
}

export function regionView(region: string, state: RegionState, windows: RecentWindows, nowMs: number): RegionView {
  const parts = [
    connectionTable(state),
    chartTables(windows, state.loopMaxMs),
    systemTable(state, windows),
    tokenTable(state),
    { tables: agentTables(state, windows), findings: [] },
    otherRegionsTable(state, region),
    processTable(state, nowMs),
    troubleTable(state),
  ];
  const findings = parts.flatMap((part) => part.findings);
  return {
    region,
    heard: state.heard.length,
    state: worst(['well', ...findings.map((finding) => finding.state)]),
    sentence: sentenceOf(findings),
    tables: parts.flatMap(({ tables }) => tables),
  };
}

/** Names alarms before all others. */
function sentenceOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'All is well.';
  const texts = [...findings]
    .sort((one, other) => Number(other.state === 'alarm') - Number(one.state === 'alarm'))
    .map(({ text }) => text);
  const named = texts.slice(0, MAX_NAMED).join('; ');
  const more = texts.length > MAX_NAMED ? `; and ${texts.length - MAX_NAMED} more` : '';
  return `${named.charAt(0).toUpperCase()}${named.slice(1)}${more}.`;
}
