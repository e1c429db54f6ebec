import { Injectable } from '@nestjs/common';
import type { Counter, Gauge } from 'prom-client';
import type { Priority } from '../config/sections/lookups/lookup-config.js';
import type { LatencyHistogram } from '../platform/metrics/latency-histogram.js';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';

export type OriginOutcome = 'ok' | 'not_found' | 'timeout' | 'error' | 'rate_limited' | 'token_refused';

/**
 * Why admission refused a call.
 *
 * - `concurrency`: too many calls in flight, for a call that does not wait.
 * - `queue`: an ivr call got no permit within its wait. The wait is at most `queueMs`, and may be
 *   0.
 * - `rate`: too many calls per second or minute.
 * - `paused`: the origin asked for a pause.
 * - `backing_off`: the origin refused a call about the same subject and asked for a pause.
 * - `circuit`: the circuit is open.
 */
export type ShedReason = 'concurrency' | 'queue' | 'rate' | 'paused' | 'backing_off' | 'circuit';

/** Reads a value of each system. */
type BySystem<Value> = () => readonly (readonly [system: string, value: Value])[];

@Injectable()
export class OriginMetrics {
  private readonly requests: Counter<'system' | 'outcome'>;
  private readonly duration: LatencyHistogram<'system'>;
  private readonly inFlight: Gauge<'system'>;
  private readonly sheds: Counter<'system' | 'reason' | 'priority'>;

  constructor(private readonly registry: MetricsRegistry) {
    this.requests = registry.counter('datadip_origin_requests_total', 'Calls to a system of record, by outcome', [
      'system',
      'outcome',
    ]);
    this.duration = registry.latencyHistogram(
      'datadip_origin_duration_seconds',
      'Time of a call to a system of record',
      ['system'],
    );
    this.inFlight = registry.gauge('datadip_origin_in_flight', 'Calls to a system of record in flight', ['system']);
    this.sheds = registry.counter('datadip_shed_total', 'Calls that admission refused, by reason and priority', [
      'system',
      'reason',
      'priority',
    ]);
  }

  /** Makes the gauge of a system visible before its first call. */
  systemDeclared(system: string): void {
    this.inFlight.set({ system }, 0);
  }

  callStarted(system: string): void {
    this.inFlight.inc({ system });
  }

  /** The origin is no longer busy with the call. This may be long after the call was answered. */
  callEnded(system: string): void {
    this.inFlight.dec({ system });
  }

  callAnswered(system: string, outcome: OriginOutcome, seconds: number): void {
    this.requests.inc({ system, outcome });
    this.duration.observe(seconds, [system]);
  }

  callShed(system: string, reason: ShedReason, priority: Priority): void {
    this.sheds.inc({ system, reason, priority });
  }

  /** @param circuits reads whether the circuit of at least one lookup of each system is open */
  readCircuits(circuits: BySystem<boolean>): void {
    const help = '1 while the circuit of at least one lookup of a system of record is open';
    this.readBySystem('datadip_circuit_open', help, circuits);
  }

  /** @param pauses reads whether each system is paused */
  readPauses(pauses: BySystem<boolean>): void {
    const help = '1 while a system of record is not called, because it asked for a pause';
    this.readBySystem('datadip_origin_paused', help, pauses);
  }

  /** @param limits reads the current concurrency limit of each system */
  readLimits(limits: BySystem<number>): void {
    this.readBySystem('datadip_origin_limit', 'Calls to a system of record that may be in flight', limits);
  }

  private readBySystem(name: string, help: string, read: BySystem<boolean | number>): void {
    const collect = () => read().map(([system, value]) => [{ system }, Number(value)] as const);
    this.registry.collectedGauge({ name, help, labelNames: ['system'], collect });
  }
}
