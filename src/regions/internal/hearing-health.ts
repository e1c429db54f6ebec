import type { LogStatus } from '../../messaging/log/event-log.js';
import type { HealthContribution } from '../../platform/lifecycle/health-contributors.js';
import type { HeardView } from './heard-table.js';

/** The reading of a process that has read nothing yet. */
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

/** The part `regions` of the health page. A region that hears nothing stays ready: it serves. */
export function hearingHealth(read: HeardView | undefined, status: LogStatus, heardAgeMs: number): HealthContribution {
  const view = read ?? UNREAD;
  const { state, lastFailure, lag } = status;
  const { isBlind, silentRegions: notHeard, doubt } = view;
  const healthy = state === 'connected' && !isBlind && notHeard.length === 0 && doubt === undefined;
  const details = {
    ...(healthy ? {} : { message: isBlind ? 'the region does not hear the others' : 'not all regions are heard' }),
    log: state,
    ...(state === 'connected' || lastFailure === undefined ? {} : { reason: lastFailure }),
    blind: isBlind,
    heardSecondsAgo: view.heardMs === 0 ? null : seconds(heardAgeMs),
    notHeard,
    regions: regionsOf(view),
    lag: lag.reduce((sum, { records }) => sum + records, 0),
    ...(doubt === undefined ? {} : { doubt }),
  };
  return { name: 'regions', healthy, details };
}

/** `secondsAgo: null` means never. */
function regionsOf({ regions, nowMs }: HeardView): Record<string, { heard: boolean; secondsAgo: number | null }> {
  return Object.fromEntries(
    regions.map(({ name, heardMs, isSilent }) => [
      name,
      { heard: !isSilent, secondsAgo: heardMs === 0 ? null : seconds(nowMs - heardMs) },
    ]),
  );
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
