import type { Counts } from '../sampling/counts.js';
import type { ProcessSample, SystemSample } from '../sampling/process-sample.js';
import type { HeardProcess } from './heard-processes.js';

/** A system of record as all processes of the region see it together. */
export interface RegionSystem {
  readonly name: string;
  readonly inFlight: number;
  /** The sum of the limits of all processes. */
  readonly limit: number;
  /** The processes whose circuit is open, that pause, and that know the system. */
  readonly openIn: number;
  readonly pausedIn: number;
  readonly processes: number;
  /** The newest failure of all processes. */
  readonly failure: SystemSample['failure'];
}

/** The present state of a region: the latest samples of its heard processes, put together. */
export interface RegionState {
  readonly processes: readonly HeardProcess[];
  /** The samples of the processes that are heard. */
  readonly heard: readonly ProcessSample[];
  readonly systems: readonly RegionSystem[];
  readonly agents: Counts;
  /** The shortest remaining life of the tokens of each platform. */
  readonly tokens: ReadonlyMap<string, number>;
  /** The greatest delay of an event loop. */
  readonly loopMaxMs: number;
}

export function regionState(processes: readonly HeardProcess[]): RegionState {
  const heard = processes.flatMap(({ latest, isHeard }) => (isHeard ? [latest] : []));
  return {
    processes,
    heard,
    systems: systemsOf(heard),
    agents: agentsOf(heard),
    tokens: tokensOf(heard),
    loopMaxMs: Math.max(0, ...heard.map(({ loopMaxMs }) => loopMaxMs)),
  };
}

function systemsOf(heard: readonly ProcessSample[]): RegionSystem[] {
  const byName = Map.groupBy(
    heard.flatMap(({ systems }) => systems),
    ({ name }) => name,
  );
  return [...byName].map(([name, seen]) => ({
    name,
    inFlight: sum(seen, ({ inFlight }) => inFlight),
    limit: sum(seen, ({ limit }) => limit),
    openIn: seen.filter(({ isCircuitOpen }) => isCircuitOpen).length,
    pausedIn: seen.filter(({ isPaused }) => isPaused).length,
    processes: seen.length,
    failure: seen.flatMap(({ failure }) => failure ?? []).toSorted((one, other) => one.ageMs - other.ageMs)[0],
  }));
}

/**
 * Every process counts the agents of the tenants that it serves, in the same store. So a tenant
 * counts once, with the counts of the last process in the list.
 */
function agentsOf(heard: readonly ProcessSample[]): Counts {
  const byTenant = new Map(heard.flatMap(({ agents }) => agents).map(({ tenant, byStatus }) => [tenant, byStatus]));
  const sums: Record<string, number> = {};
  for (const byStatus of byTenant.values())
    for (const [status, count] of Object.entries(byStatus)) sums[status] = (sums[status] ?? 0) + count;
  return sums;
}

function tokensOf(heard: readonly ProcessSample[]): ReadonlyMap<string, number> {
  const shortest = new Map<string, number>();
  for (const { platform, expiresInS } of heard.flatMap(({ tokens }) => tokens))
    shortest.set(platform, Math.min(expiresInS, shortest.get(platform) ?? Infinity));
  return shortest;
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
