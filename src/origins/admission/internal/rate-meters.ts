import { perMinuteRate, perSecondRate, type Rate } from '../../../kernel/gcra.js';
import type { RateRequest } from './rate-limiter.js';

/** A rate that a call must stay below. */
export interface Meter {
  /** Short, because the name is a field name in Redis. */
  readonly name: string;
  readonly rate: Rate;
  /** A minute's meter allows a large part of its calls as a burst. */
  readonly isMinute: boolean;
}

/**
 * Returns the meters that must all admit a call. The common meters count every call. If the share
 * is below 1, the meters of the priority count as well. Such a call may use only its share of a
 * minute's burst, because that burst recovers slowly.
 *
 * @param processes among which the limits are divided, because they do not know each other's calls
 */
export function metersOf({ maxPerSecond, maxPerMinute, share }: RateRequest, processes = 1): Meter[] {
  return [
    ...(maxPerSecond === undefined ? [] : secondMeters(maxPerSecond / processes, share)),
    ...(maxPerMinute === undefined ? [] : minuteMeters(maxPerMinute / processes, share)),
  ];
}

function secondMeters(perSecond: number, share: number): Meter[] {
  const all: Meter = { name: 't', rate: perSecondRate(perSecond), isMinute: false };
  return share < 1 ? [{ name: 's', rate: perSecondRate(perSecond * share), isMinute: false }, all] : [all];
}

function minuteMeters(perMinute: number, share: number): Meter[] {
  const rate = perMinuteRate(perMinute);
  const all: Meter = { name: 'm', rate, isMinute: true };
  if (share >= 1) return [all];
  const reducedBurst = { ...rate, burstToleranceMs: Math.max(rate.intervalMs, rate.burstToleranceMs * share) };
  return [
    { name: 'n', rate: perMinuteRate(perMinute * share), isMinute: true },
    { ...all, rate: reducedBurst },
  ];
}
