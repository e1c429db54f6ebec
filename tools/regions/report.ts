import type { RegionSite } from '../../test/support/regions/region-site.js';
import type { RegionReport } from './view.ts';

/** Reads how a region is from the metrics of its process. */
export async function reportOf(site: RegionSite): Promise<RegionReport> {
  const metrics = await site.metrics();
  return {
    heardAgeS: metrics.sum('datadip_bus_heard_age_seconds'),
    heardFromS: metrics.by('datadip_region_last_heard_seconds', 'region'),
    lag: metrics.sum('datadip_bus_lag_records') ?? 0,
    outbox: metrics.sum('datadip_outbox_events') ?? 0,
    gaps: metrics.sum('datadip_bus_gaps_total') ?? 0,
    claims: metrics.sum('datadip_agent_claims_total', { outcome: 'claimed' }) ?? 0,
    forwarded: metrics.sum('datadip_remote_claims_total') ?? 0,
  };
}
