import type { LogStatus } from '../../messaging/log/event-log.js';
import type { HealthContribution } from '../../platform/lifecycle/health-contributors.js';
import type { HeardView } from './heard-view.js';

/** The view of a process that has read nothing yet. */
const UNREAD: HeardView = {
  nowMs: 0,
  heardMs: 0,
  floorMs: 0,
  regions: [],
  silentRegions: [],
  isBlind: true,
  doubt: undefined,
  ackedMs: 0,
};

/**
 * The part `regions` of the health page. A blind region hears no other region, so the page names
 * all of them at once. Otherwise the page names a region of which nothing was heard for `withinMs`,
 * which may be before that region is silent. A region that hears nothing stays ready, because it
 * still serves.
 *
 * @param withinMs `invalidatedWithinMs` of the region
 */
export function hearingHealth(
  read: HeardView | undefined,
  status: LogStatus,
  heardAgeMs: number,
  withinMs: number,
): HealthContribution {
  const view = read ?? UNREAD;
  const { state, lastFailure, lag } = status;
  const { isBlind, doubt } = view;
  const regions = regionsOf(view, withinMs);
  const notHeard = regions.flatMap(([name, { heard }]) => (heard ? [] : [name]));
  const healthy = state === 'connected' && !isBlind && notHeard.length === 0 && doubt === undefined;
  const details = {
    ...(healthy ? {} : { message: isBlind ? 'the region does not hear the others' : 'not all regions are heard' }),
    log: state,
    ...(state === 'connected' || lastFailure === undefined ? {} : { reason: lastFailure }),
    blind: isBlind,
    heardSecondsAgo: view.heardMs === 0 ? null : seconds(heardAgeMs),
    notHeard,
    regions: Object.fromEntries(regions),
    lag: lag.reduce((sum, { records }) => sum + records, 0),
    ...(doubt === undefined ? {} : { doubt }),
  };
  return { name: 'regions', healthy, details };
}

interface RegionHealth {
  readonly heard: boolean;
  /** `true` means that the agents of the region are stale here. */
  readonly silent: boolean;
  /** `null` means never. */
  readonly secondsAgo: number | null;
}

function regionsOf({ regions, nowMs, isBlind }: HeardView, withinMs: number): [name: string, RegionHealth][] {
  return regions.map(({ name, heardMs, isSilent }) => {
    const heard = !isBlind && !isSilent && nowMs - heardMs <= withinMs;
    return [name, { heard, silent: isSilent, secondsAgo: heardMs === 0 ? null : seconds(nowMs - heardMs) }];
  });
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
