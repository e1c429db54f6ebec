import {
  answers,
  calls,
  constant,
  dips,
  FAST,
  gauge,
  growing,
  named,
  SAMPLES,
  sheds,
  token,
  type Series,
} from './series.js';

/** Series at which an alert fires, and series just inside its threshold. */
export interface AlertCase {
  readonly alert: string;
  readonly severity: 'warning' | 'critical';
  readonly fires: Series;
  readonly quiet: Series;
}

export const CASES: readonly AlertCase[] = [
  {
    ...{ alert: 'DatadipMedianSlow', severity: 'warning' },
    fires: answers({ ...FAST, '0.03': 40 }),
    quiet: answers({ ...FAST, '0.03': 51 }),
  },
  {
    ...{ alert: 'DatadipMedianSlow', severity: 'critical' },
    fires: answers({ '0.03': 10, '0.08': 30, '0.1': 40, '0.3': 100 }),
    quiet: answers({ '0.03': 10, '0.08': 30, '0.1': 51, '0.3': 100 }),
  },
  {
    ...{ alert: 'DatadipP95Slow', severity: 'warning' },
    fires: answers({ ...FAST, '0.08': 94 }),
    quiet: answers({ ...FAST, '0.08': 96 }),
  },
  {
    ...{ alert: 'DatadipP95Slow', severity: 'critical' },
    fires: answers({ '0.03': 80, '0.08': 85, '0.1': 90, '0.3': 94 }),
    quiet: answers({ '0.03': 80, '0.08': 85, '0.1': 90, '0.3': 96 }),
  },
  {
    ...{ alert: 'DatadipFewHits', severity: 'warning' },
    fires: dips({ cache: 40, stale: 15, origin: 45 }),
    quiet: dips({ cache: 46, stale: 15, origin: 39 }),
  },
  {
    ...{ alert: 'DatadipFewHits', severity: 'critical' },
    fires: dips({ cache: 25, origin: 75 }),
    quiet: dips({ cache: 35, origin: 65 }),
  },
  {
    ...{ alert: 'DatadipOriginErrors', severity: 'warning' },
    fires: calls({ ok: 980, timeout: 10, error: 10 }),
    quiet: calls({ ok: 990, error: 9, not_found: 50, rate_limited: 50 }),
  },
  {
    ...{ alert: 'DatadipOriginErrors', severity: 'critical' },
    fires: calls({ ok: 94, token_refused: 6 }),
    quiet: calls({ ok: 96, error: 4 }),
  },
  {
    ...{ alert: 'DatadipDegraded', severity: 'warning' },
    fires: dips({ cache: 980, degraded: 20 }),
    quiet: dips({ cache: 995, degraded: 5 }),
  },
  {
    ...{ alert: 'DatadipDegraded', severity: 'critical' },
    fires: dips({ cache: 94, degraded: 6 }),
    quiet: dips({ cache: 96, degraded: 4 }),
  },
  {
    ...{ alert: 'DatadipNotScraped', severity: 'critical' },
    fires: { 'up{job="another"}': constant(1) },
    quiet: gauge('datadip_build_info', 1, 'version="1"'),
  },
  {
    ...{ alert: 'DatadipProcessAway', severity: 'warning' },
    fires: { [named('up')]: constant(0) },
    quiet: { [named('up')]: constant(1), 'up{job="another"}': constant(0) },
  },
  {
    ...{ alert: 'DatadipStoreAway', severity: 'critical' },
    fires: { ...gauge('datadip_store_up', 1), 'datadip_store_up{job="datadip",instance="b"}': constant(0) },
    quiet: gauge('datadip_store_up', 1),
  },
  {
    ...{ alert: 'DatadipMessagesAway', severity: 'warning' },
    fires: gauge('datadip_message_channel_up', 0),
    quiet: gauge('datadip_message_channel_up', 1),
  },
  {
    ...{ alert: 'DatadipCircuitOpen', severity: 'critical' },
    fires: gauge('datadip_circuit_open', 1, 'system="crm"'),
    quiet: gauge('datadip_circuit_open', 0, 'system="crm"'),
  },
  {
    ...{ alert: 'DatadipOriginPaused', severity: 'warning' },
    fires: gauge('datadip_origin_paused', 1, 'system="crm"'),
    // Paused for a quarter of the time.
    quiet: {
      [named('datadip_origin_paused', 'system="crm"')]: '1x4 0x14 1x4 0x14 1x4 0x14 1x4 0x14 1x4 0x14 1x4 0x14',
    },
  },
  {
    ...{ alert: 'DatadipShedding', severity: 'warning' },
    fires: { ...calls({ ok: 90 }), ...sheds(10) },
    quiet: { ...calls({ ok: 97 }), ...sheds(3) },
  },
  {
    ...{ alert: 'DatadipTokenEnding', severity: 'warning' },
    fires: token(40, 3560),
    // A token of 60 s is replaced after 30 s.
    quiet: token(32, 28),
  },
  {
    ...{ alert: 'DatadipTokenMissing', severity: 'critical' },
    fires: {
      ...gauge('datadip_token_expires_in_seconds', 0, 'platform="genesys"'),
      [named('datadip_token_failures_total', 'platform="genesys",reason="timeout"')]: growing(2),
    },
    // The client of a tenant's own system has no token before its first call.
    quiet: gauge('datadip_token_expires_in_seconds', 0, 'platform="genesys"'),
  },
  {
    ...{ alert: 'DatadipAuditGap', severity: 'critical' },
    fires: { [named('datadip_log_lines_lost_total', 'room="audit"')]: `0x${SAMPLES - 20} 12x20` },
    quiet: {
      ...gauge('datadip_log_lines_lost_total', 0, 'room="audit"'),
      [named('datadip_log_lines_lost_total', 'room="anonymous"')]: growing(9),
    },
  },
  {
    ...{ alert: 'DatadipEventLoopBusy', severity: 'warning' },
    fires: gauge('datadip_event_loop_delay_mean_seconds', 0.05),
    quiet: gauge('datadip_event_loop_delay_mean_seconds', 0.03),
  },
  {
    ...{ alert: 'DatadipForeignEntries', severity: 'warning' },
    fires: { [named('datadip_cache_errors_total', 'tier="redis",kind="corrupt"')]: growing(1) },
    quiet: { [named('datadip_cache_errors_total', 'tier="redis",kind="timeout"')]: growing(1) },
  },
  {
    ...{ alert: 'DatadipAgentsNotRead', severity: 'warning' },
    fires: gauge('datadip_agent_reconciliation_last_success_timestamp_seconds', 60, 'platform="genesys",system="g"'),
    quiet: {
      [named('datadip_agent_reconciliation_last_success_timestamp_seconds', 'platform="genesys",system="g"')]:
        growing(30),
    },
  },
  {
    ...{ alert: 'DatadipRegionSilent', severity: 'critical' },
    fires: gauge('datadip_region_last_heard_seconds', 31, 'region="eu"'),
    quiet: {
      ...gauge('datadip_region_last_heard_seconds', 3, 'region="eu"'),
      // Another process was paused.
      'datadip_region_last_heard_seconds{job="datadip",instance="b",region="eu"}': constant(40),
    },
  },
  {
    ...{ alert: 'DatadipRegionBlind', severity: 'critical' },
    fires: gauge('datadip_bus_heard_age_seconds', 12),
    quiet: gauge('datadip_bus_heard_age_seconds', 2),
  },
  {
    ...{ alert: 'DatadipOutboxFilling', severity: 'critical' },
    fires: gauge('datadip_outbox_fill_ratio', 0.81, 'bound="events"'),
    quiet: gauge('datadip_outbox_fill_ratio', 0.79, 'bound="events"'),
  },
  {
    ...{ alert: 'DatadipRegionsInconsistent', severity: 'critical' },
    fires: gauge('datadip_regions_doubtful', 1, 'reason="foreign_key"'),
    quiet: {
      ...gauge('datadip_regions_doubtful', 0, 'reason="foreign_key"'),
      ...gauge('datadip_regions_inconsistent_total', 0, 'after="10s"'),
    },
  },
  {
    ...{ alert: 'DatadipRegionsInconsistent', severity: 'critical' },
    fires: { [named('datadip_regions_inconsistent_total', 'after="10s"')]: `0x${SAMPLES - 20} 1x20` },
    quiet: gauge('datadip_regions_inconsistent_total', 3, 'after="10s"'),
  },
];

/** Too few requests for a verdict: each is bad, and no alert fires. */
export const QUIET_NIGHT: Series = {
  ...answers({ '0.03': 0, '0.08': 0, '0.1': 0, '0.3': 0 }, 1),
  ...dips({ origin: 1, degraded: 1 }),
  ...calls({ error: 1 }),
  ...sheds(1),
  ...gauge('datadip_build_info', 1, 'version="1"'),
};
