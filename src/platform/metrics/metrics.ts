import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Priority, ReconcileConfig } from '../../config/config.js';
import type { DipSource } from '../../contracts/dip.js';

/** From a near hit to past the deadline, in seconds. */
const LATENCY_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 2.55, 5, 10];

export type OriginOutcome = 'ok' | 'not_found' | 'timeout' | 'error' | 'rate_limited' | 'token_refused';
export type InvalidationSource = 'webhook' | 'eventbridge';
export type InvalidationOutcome = 'done' | 'duplicate' | 'ignored' | 'unavailable';
/**
 * `expired`: a lock nobody ended. `conflict`: a token that is not that of a lock that stands. `dropped`: the platform says the agent is
 * busy. `unverified`: the platform did not say, and the claim stands.
 */
export type ClaimOutcome =
  | 'claimed'
  | 'repeated'
  | 'none'
  | 'unavailable'
  | 'confirmed'
  | 'rejected'
  | 'failed'
  | 'ended'
  | 'expired'
  | 'conflict'
  | 'dropped'
  | 'unverified';
/** `clamped` counts beside another outcome: a time too far ahead was taken for now. */
export type AgentEventOutcome = 'applied' | 'older' | 'duplicate' | 'clamped';
export type AgentEventSource = 'agent-status' | 'eventbridge' | 'reconciliation' | 'read-through' | 'claim';
/** How the token of one client is. */
interface TokenFigures {
  readonly platform: string;
  readonly expiresInS: number;
  /** Absent: there is none. */
  readonly ageS: number | undefined;
}
/** Which platform was read, and through which system. */
interface PlatformLabels {
  readonly platform: ReconcileConfig['platform'];
  readonly system: string;
}
/**
 * `concurrency` too many calls at a time, `queue` the same after a short wait, `rate` too many a second, `paused` the origin asked to be left
 * alone, `circuit` it fails outright.
 */
export type ShedReason = 'concurrency' | 'queue' | 'rate' | 'paused' | 'circuit';
export type CacheTier = 'near' | 'memory' | 'redis' | 'reference';

/**
 * Every figure the service shows, under the names of the contract. Labels come from configuration and closed sets only: nothing a
 * caller sends becomes a label, so their number is bounded and no identifier can stand in one.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  private readonly httpDuration = this.histogram('datadip_http_request_duration_seconds', 'Time to answer, by route', [
    'route',
    'method',
    'status',
  ]);
  private readonly lookupDuration = this.histogram('datadip_lookup_duration_seconds', 'Time of a data dip, by source', [
    'lookup',
    'source',
  ]);
  private readonly originRequests = this.counter(
    'datadip_origin_requests_total',
    'Calls of a system of record, by outcome',
    ['system', 'outcome'],
  );
  private readonly originDuration = this.histogram(
    'datadip_origin_duration_seconds',
    'Time of a call of a system of record',
    ['system'],
  );
  private readonly cacheErrors = this.counter('datadip_cache_errors_total', 'What went wrong in a cache tier', [
    'tier',
    'kind',
  ]);
  private readonly invalidations = this.counter(
    'datadip_invalidations_total',
    'Events that make it forget, by outcome',
    ['source', 'outcome'],
  );
  private readonly agentClaims = this.counter('datadip_agent_claims_total', 'Claims of agents, by how they went', [
    'outcome',
  ]);
  private readonly agentEvents = this.counter('datadip_agent_events_total', 'Events of agents, by outcome', [
    'source',
    'outcome',
  ]);
  private readonly agentDrift = this.counter(
    'datadip_agent_drift_total',
    'Agents whose status a platform knew better',
    ['platform'],
  );
  private readonly reconciliations = this.counter(
    'datadip_agent_reconciliations_total',
    'Turns of reconciling agents, in this process',
    ['platform', 'system', 'outcome'],
  );
  private readonly reconciledAgents = this.gauge(
    'datadip_agent_reconciliation_agents',
    'Agents read in the turn under way, or the last, in this process',
    ['platform', 'system'],
  );
  private readonly reconciledAt = this.gauge(
    'datadip_agent_reconciliation_last_success_timestamp_seconds',
    'When agents were last reconciled, in the region',
    ['platform', 'system'],
  );
  private readonly reconciliationDuration = this.gauge(
    'datadip_agent_reconciliation_duration_seconds',
    'How long the last turn took, in this process',
    ['platform', 'system'],
  );
  /** Tenants are those of a bounded list. */
  readonly agents = this.gauge('datadip_agents', 'Agents known, by the status last heard', ['tenant', 'status']);
  readonly originInFlight = this.gauge('datadip_origin_in_flight', 'Calls of a system of record under way', ['system']);
  private readonly sheds = this.counter('datadip_shed_total', 'Work turned away, by why and of what importance', [
    'system',
    'reason',
    'priority',
  ]);

  private readonly tokenFailures = this.counter(
    'datadip_token_failures_total',
    'Requests for a token of a platform that brought none, by why',
    ['platform', 'reason'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.countLookups();
  }

  httpAnswered(route: string, method: string, status: number, seconds: number): void {
    this.httpDuration.observe({ route, method, status }, seconds);
  }

  dipAnswered(lookup: string, source: DipSource, seconds: number): void {
    this.lookupDuration.observe({ lookup, source }, seconds);
  }

  originAnswered(system: string, outcome: OriginOutcome, seconds: number): void {
    this.originRequests.inc({ system, outcome });
    this.originDuration.observe({ system }, seconds);
  }

  /** Read when the figures are asked for, which is a request itself. */
  readInFlight(requests: () => number): void {
    new Gauge({
      name: 'datadip_http_requests_in_flight',
      help: 'Requests that are not answered yet',
      registers: [this.registry],
      collect() {
        this.set(requests());
      },
    });
  }

  /** Likewise. */
  readOriginLimits(limits: () => readonly (readonly [system: string, limit: number])[]): void {
    new Gauge({
      name: 'datadip_origin_limit',
      help: 'Calls of a system of record allowed at a time',
      labelNames: ['system'],
      registers: [this.registry],
      collect() {
        for (const [system, limit] of limits()) this.set({ system }, limit);
      },
    });
  }

  /** Read when the figures are asked for. Of several clients of a platform the one that is worst off counts. */
  readTokens(tokens: () => readonly TokenFigures[]): void {
    this.readWorst('datadip_token_expires_in_seconds', 'Life left of the token shown to a platform; 0: none', () =>
      tokens().map(({ platform, expiresInS }) => [platform, expiresInS, Math.min]),
    );
    this.readWorst('datadip_token_age_seconds', 'Age of the token shown to a platform', () =>
      tokens().flatMap(({ platform, ageS }) => (ageS === undefined ? [] : [[platform, ageS, Math.max]])),
    );
  }

  tokenFailed(platform: string, reason: string): void {
    this.tokenFailures.inc({ platform, reason });
  }

  private readWorst(
    name: string,
    help: string,
    read: () => readonly (readonly [platform: string, value: number, worst: (a: number, b: number) => number])[],
  ): void {
    new Gauge({
      ...{ name, help, labelNames: ['platform'], registers: [this.registry] },
      collect() {
        const figures = new Map<string, number>();
        for (const [platform, value, worst] of read())
          figures.set(platform, worst(value, figures.get(platform) ?? value));
        this.reset();
        for (const [platform, value] of figures) this.set({ platform }, value);
      },
    });
  }

  shed(system: string, reason: ShedReason, priority: Priority): void {
    this.sheds.inc({ system, reason, priority });
  }

  cacheError(tier: CacheTier, kind: string): void {
    this.cacheErrors.inc({ tier, kind });
  }

  invalidation(source: InvalidationSource, outcome: InvalidationOutcome): void {
    this.invalidations.inc({ source, outcome });
  }

  /** The durations know how many there were: counted when somebody looks, not at every hit. */
  private countLookups(): void {
    const durations = this.lookupDuration;
    new Counter({
      name: 'datadip_lookup_total',
      help: 'Data dips, by where the answer came from',
      labelNames: ['lookup', 'source'],
      registers: [this.registry],
      async collect() {
        this.reset();
        const { values } = await durations.get();
        for (const { metricName, labels, value } of values) {
          const { lookup, source } = labels;
          if (metricName?.endsWith('_count') === true)
            this.inc({ lookup: String(lookup), source: String(source) }, value);
        }
      },
    });
  }

  agentClaim(outcome: ClaimOutcome, count = 1): void {
    if (count > 0) this.agentClaims.inc({ outcome }, count);
  }

  agentDrifted(platform: ReconcileConfig['platform']): void {
    this.agentDrift.inc({ platform });
  }

  reconciled({ platform, system }: PlatformLabels, agents: number): void {
    this.reconciledAgents.set({ platform, system }, agents);
  }

  reconciledWhen({ platform, system }: PlatformLabels, atS: number): void {
    this.reconciledAt.set({ platform, system }, atS);
  }

  reconciliationEnded({ platform, system }: PlatformLabels, outcome: 'done' | 'failed', seconds: number): void {
    this.reconciliations.inc({ platform, system, outcome });
    this.reconciliationDuration.set({ platform, system }, seconds);
  }

  agentEvent(source: AgentEventSource, outcome: AgentEventOutcome): void {
    this.agentEvents.inc({ source, outcome });
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, registers: [this.registry], buckets: LATENCY_BUCKETS_S });
  }
}
