import { expect, it } from '@jest/globals';
import type { HeardRegion, HeardView } from '../../../src/regions/internal/heard-view.js';
import { hearingHealth } from '../../../src/regions/internal/hearing-health.js';

const NOW_MS = 1_000_000;
const WITHIN_MS = 10_000;

const region = (name: string, agoMs: number): HeardRegion => ({
  ...{ name, heardMs: NOW_MS - agoMs, isSilent: agoMs > 30_000, store: 's', key: 'k', homes: 'h' },
});

function health(regions: readonly HeardRegion[], isBlind: boolean) {
  const silentRegions = regions.flatMap(({ name, isSilent }) => (isSilent ? [name] : []));
  const heardMs = NOW_MS - (isBlind ? 11_000 : 1000);
  const view: HeardView = {
    ...{ nowMs: NOW_MS, heardMs, floorMs: 0, regions, silentRegions, isBlind, doubt: undefined, ackedMs: NOW_MS },
  };
  return hearingHealth(view, { state: 'connected', lastFailure: undefined, lag: [] }, NOW_MS - heardMs, WITHIN_MS);
}

it('names no region while all are heard', () => {
  expect(health([region('ap', 1000), region('eu', 9000)], false)).toMatchObject({
    healthy: true,
    details: { notHeard: [], regions: { ap: { heard: true }, eu: { heard: true, silent: false } } },
  });
});

it('names every region as soon as this region is blind', () => {
  expect(health([region('ap', 11_000), region('eu', 2000)], true)).toMatchObject({
    healthy: false,
    details: { blind: true, notHeard: ['ap', 'eu'], regions: { eu: { heard: false, silent: false, secondsAgo: 2 } } },
  });
});

it('names a region that was not heard for the time within which invalidations arrive', () => {
  expect(health([region('ap', 1000), region('eu', 10_001)], false)).toMatchObject({
    healthy: false,
    details: { blind: false, notHeard: ['eu'], regions: { eu: { heard: false, silent: false } } },
  });
});

it('says that a region is silent if its agents are stale', () => {
  expect(health([region('eu', 30_001)], false)).toMatchObject({
    details: { notHeard: ['eu'], regions: { eu: { heard: false, silent: true } } },
  });
});
