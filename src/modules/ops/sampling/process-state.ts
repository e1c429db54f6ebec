import type { EventLog } from '../../../messaging/log/event-log.js';
import type { OriginClient } from '../../../origins/origin-client.js';
import type { HealthContribution } from '../../../platform/lifecycle/health-contributors.js';
import { storeProblem } from '../../../platform/redis/store-problem.js';
import type { StoreStatus } from '../../../platform/redis/store-status.js';
import { sumOf, valuesBy, type Metrics } from './metric-reader.js';
import {
  MAX_REGIONS,
  MAX_SYSTEMS,
  MAX_TENANTS,
  MAX_TEXT,
  MAX_TOKENS,
  MAX_TROUBLES,
  type ProcessSample,
  type SystemSample,
} from './process-sample.js';

type Gauges = Metrics['gauges'];

/** Systems in trouble come first, so that the bound never hides them. */
export function systemsOf(origins: readonly OriginClient[], { inFlight }: Gauges): SystemSample[] {
  const callsOf = valuesBy('system', inFlight);
  return origins
    .toSorted((one, other) => Number(other.trouble !== undefined) - Number(one.trouble !== undefined))
    .slice(0, MAX_SYSTEMS)
    .map(({ name, limit, isCircuitOpen, isPaused, lastFailure }) => ({
      ...{ name, limit, isCircuitOpen, isPaused, inFlight: callsOf.get(name) ?? 0 },
      ...(lastFailure === undefined ? {} : { failure: { ...lastFailure, text: shortened(lastFailure.text) } }),
    }));
}

/** The tenants with the most agents come first. */
export function agentsOf({ agents }: Gauges): ProcessSample['agents'] {
  const byTenant = Map.groupBy(agents, ({ labels }) => `${labels.tenant}`);
  return [...byTenant]
    .toSorted(([, some], [, others]) => sumOf(others) - sumOf(some))
    .slice(0, MAX_TENANTS)
    .map(([tenant, readings]) => ({ tenant, byStatus: Object.fromEntries(valuesBy('status', readings)) }));
}

export function tokensOf({ tokens }: Gauges): ProcessSample['tokens'] {
  const byPlatform = [...valuesBy('platform', tokens)].slice(0, MAX_TOKENS);
  return byPlatform.map(([platform, expiresInS]) => ({ platform, expiresInS: Math.max(0, Math.round(expiresInS)) }));
}

export function storeOf(status: StoreStatus | undefined): ProcessSample['store'] {
  if (status === undefined) return { state: 'none', text: '' };
  const problem = storeProblem(status);
  if (problem === undefined) return { state: 'well', text: '' };
  const text = shortened(`${problem.message}: ${problem.reason} (${problem.code})`);
  return { state: status.unavailable === undefined ? 'degraded' : 'away', text };
}

export function busOf(log: EventLog | undefined, { busHeardAge, busLag, outbox }: Gauges): ProcessSample['bus'] {
  if (log === undefined) return undefined;
  const heardAgeS = sumOf(busHeardAge);
  const waiting = sumOf(outbox);
  return {
    state: log.status().state,
    ...(Number.isFinite(heardAgeS) ? { heardAgeS: Math.max(0, heardAgeS) } : {}),
    lag: sumOf(busLag),
    outbox: Number.isFinite(waiting) ? waiting : 0,
  };
}

export function regionsOf({ regions }: Gauges, silent: readonly string[]): ProcessSample['regions'] {
  return [...valuesBy('region', regions)].slice(0, MAX_REGIONS).map(([name, ageS]) => ({
    ...{ name, isSilent: silent.includes(name) },
    ...(Number.isFinite(ageS) ? { ageS: Math.max(0, ageS) } : {}),
  }));
}

/** Systems are left out, because they have their own list. */
export function troublesOf(parts: readonly HealthContribution[]): ProcessSample['troubles'] {
  return parts
    .filter(({ name, healthy }) => !healthy && !name.startsWith('origin '))
    .slice(0, MAX_TROUBLES)
    .map(({ name, details }) => ({ part: shortened(name), text: wordsOf(details) }));
}

/** The details of the health page in one line. Lists and objects are on the health page alone. */
function wordsOf(details: HealthContribution['details']): string {
  const { message, ...others } = details;
  const words = Object.entries(others).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [`${name} ${value}`] : [],
  );
  const text = [...(typeof message === 'string' ? [message] : []), ...words].join(', ');
  return shortened(text === '' ? 'degraded' : text);
}

export function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
