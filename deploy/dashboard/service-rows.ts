import { lines, metric, rate, sum, type Row } from './panels.ts';

export const cacheRow: Row = {
  title: 'Cache and invalidation',
  panels: [
    lines(
      { title: 'Redis and messages', unit: 'short', description: '1 while they work, in the worst process.' },
      {
        Redis: `min(${metric('datadip_store_up')})`,
        messages: `min(${metric('datadip_message_channel_up')})`,
      },
    ),
    lines(
      { title: 'Errors of the cache', unit: 'reqps', description: 'By tier and kind.' },
      { '{{tier}}: {{kind}}': sum(rate('datadip_cache_errors_total'), 'tier, kind') },
    ),
    lines(
      { title: 'Invalidations', unit: 'reqps', description: 'Events that delete entries, by sender and outcome.' },
      { '{{source}}: {{outcome}}': sum(rate('datadip_invalidations_total'), 'source, outcome') },
    ),
  ],
};

export const tokensRow: Row = {
  title: 'Tokens and agents',
  panels: [
    lines(
      { title: 'Life of tokens', unit: 's', description: 'The shortest remaining life. 0 means no token.' },
      { '{{platform}}': `min by (platform) (${metric('datadip_token_expires_in_seconds')})` },
    ),
    lines(
      { title: 'Agents by status', unit: 'short', description: 'The last reported status.' },
      { '{{tenant}}: {{status}}': `max by (tenant, status) (${metric('datadip_agents')})` },
    ),
    lines(
      { title: 'Claims', unit: 'reqps', description: 'Claims of agents, by outcome.' },
      { '{{outcome}}': sum(rate('datadip_agent_claims_total'), 'outcome') },
    ),
    lines(
      { title: 'Failed logins', unit: 'reqps', description: 'Token requests that failed, by reason.' },
      { '{{platform}}: {{reason}}': sum(rate('datadip_token_failures_total'), 'platform, reason') },
    ),
    lines(
      { title: 'Drift of agents', unit: 'reqps', description: 'Agents whose state a reading had to correct.' },
      { '{{platform}}': sum(rate('datadip_agent_drift_total'), 'platform') },
    ),
    lines(
      { title: 'Age of the last reading', unit: 's', description: 'Since the agents of a platform were read.' },
      {
        '{{platform}}: {{system}}': `time() - max by (platform, system) (${metric('datadip_agent_reconciliation_last_success_timestamp_seconds')})`,
      },
    ),
  ],
};

export const processesRow: Row = {
  title: 'Processes',
  panels: [
    lines(
      {
        ...{ title: 'Delay of the event loop', unit: 's', limits: { target: 0.02, alarm: 0.04 } },
        description: 'Mean of 3 s. Every answer of the process waits for this time.',
      },
      { '{{instance}}': `max by (instance) (${metric('datadip_event_loop_delay_mean_seconds')})` },
    ),
    lines(
      { title: 'CPU', unit: 'percentunit', description: 'Of one core. The main thread can use one core.' },
      { '{{instance}}': sum(rate('process_cpu_seconds_total'), 'instance') },
    ),
    lines(
      { title: 'Memory', unit: 'bytes', description: 'Resident memory.' },
      { '{{instance}}': sum(metric('process_resident_memory_bytes'), 'instance') },
    ),
    lines(
      { title: 'Requests in flight', unit: 'short', description: 'Requests of known callers.' },
      { '{{instance}}': sum(metric('datadip_http_requests_in_flight'), 'instance') },
    ),
    lines(
      { title: 'Lost log lines', unit: 'reqps', description: 'A lost line of `audit` is a gap in the record.' },
      { '{{room}}': sum(rate('datadip_log_lines_lost_total'), 'room') },
    ),
    lines(
      { title: 'Versions', unit: 'short', description: 'Processes by version.' },
      { '{{version}}': `count by (version) (${metric('datadip_build_info')})` },
      true,
    ),
  ],
};

export const regionsRow: Row = {
  title: 'Regions (empty with a single region)',
  panels: [
    lines(
      { title: 'Last heard', unit: 's', description: 'How long ago each other region was heard. Above 30 s: silent.' },
      { '{{region}}': `min by (region) (${metric('datadip_region_last_heard_seconds')})` },
    ),
    lines(
      { title: 'Age of the heard-up-to time', unit: 's', description: 'Above 10 s, the region is blind.' },
      { '{{instance}}': `max by (instance) (${metric('datadip_bus_heard_age_seconds')})` },
    ),
    lines(
      { title: 'Outbox', unit: 'percentunit', description: 'The fullest outbox, as part of its bounds.' },
      { '{{bound}}': `max by (bound) (${metric('datadip_outbox_fill_ratio')})` },
    ),
    lines(
      { title: 'Events between regions', unit: 'reqps', description: 'Events on the log, by outcome.' },
      { '{{topic}} {{direction}}: {{outcome}}': sum(rate('datadip_bus_events_total'), 'topic, direction, outcome') },
    ),
    lines(
      { title: 'Lag', unit: 'short', description: 'Records that the region has not read yet.' },
      { '{{topic}}': sum(metric('datadip_bus_lag_records'), 'topic') },
    ),
    lines(
      { title: 'Gaps and inconsistent entries', unit: 'reqps', description: 'Both must stay 0.' },
      {
        gaps: sum(rate('datadip_bus_gaps_total')),
        'inconsistent after {{after}}': sum(rate('datadip_regions_inconsistent_total'), 'after'),
      },
    ),
  ],
};
