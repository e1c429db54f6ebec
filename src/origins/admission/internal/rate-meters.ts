import { minuteRateOf, rateOf, type Rate } from '../../../kernel/gcra.js';
import type { RateRequest } from './rate-limiter.js';

/** One ceiling a call has to stay below. */
export interface Meter {
  /** Short: it is a field in the store. */
  readonly name: string;
  readonly rate: Rate;
  /** Its burst is a good part of all it admits. */
  readonly isMinute: boolean;
}

/**
 * The ceilings one call has to stay below: those of all calls, and for calls that have a share only, those of their kind as well. Of a
 * minute's burst the others keep their part, because it does not come back as fast as that of a second.
 *
 * @param among processes that divide the ceilings, since they do not know of each other's calls
 */
export function metersOf({ maxPerSecond, maxPerMinute, share }: RateRequest, among = 1): Meter[] {
  return [
    ...(maxPerSecond === undefined ? [] : secondMeters(maxPerSecond / among, share)),
    ...(maxPerMinute === undefined ? [] : minuteMeters(maxPerMinute / among, share)),
  ];
}

function secondMeters(perSecond: number, share: number): Meter[] {
  const all: Meter = { name: 't', rate: rateOf(perSecond), isMinute: false };
  return share < 1 ? [{ name: 's', rate: rateOf(perSecond * share), isMinute: false }, all] : [all];
}

function minuteMeters(perMinute: number, share: number): Meter[] {
  const rate = minuteRateOf(perMinute);
  const all: Meter = { name: 'm', rate, isMinute: true };
  if (share >= 1) return [all];
  const sparing = { ...rate, depthMs: Math.max(rate.intervalMs, rate.depthMs * share) };
  return [
    { name: 'n', rate: minuteRateOf(perMinute * share), isMinute: true },
    { ...all, rate: sparing },
  ];
}
