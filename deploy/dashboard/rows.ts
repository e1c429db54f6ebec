import { figure, lines, metric, quantile, rate, sum, type Row } from './panels.ts';

const DIPS = 'datadip_lookup_total';
const ANSWERED = 'source!="none"';
const DURATION = 'datadip_lookup_duration_seconds';
const FAILED = 'outcome=~"timeout|error|token_refused"';

const share = (part: string, all: string, by = ''): string =>
  `(${sum(part, by)} or 0 * ${sum(all, by)}) / (${sum(all, by)} > 0)`;

const hits = share(rate(DIPS, 'source=~"cache|stale"'), rate(DIPS, ANSWERED));
const degraded = share(rate(DIPS, 'source="degraded"'), rate(DIPS, ANSWERED));

export const callersRow: Row = {
  title: 'What callers get',
  panels: [
    figure(
      {
        ...{ title: 'Answers without data', unit: 'percentunit', limits: { target: 0.01, alarm: 0.05 } },
        description: 'Degraded answers: every field has its default. Target: below 1 %.',
      },
      degraded,
    ),
    figure(
      {
        ...{ title: 'Hits', unit: 'percentunit', limits: { target: 0.6, alarm: 0.3, isFloor: true } },
        description: 'Answers from the cache, stale ones included. Target: above 60 %.',
      },
      hits,
    ),
    figure(
      {
        ...{ title: 'p50', unit: 's', limits: { target: 0.03, alarm: 0.1 } },
        description: 'Half of the answers take no longer. Target: 30 ms.',
      },
      quantile(0.5, DURATION, '', ANSWERED),
    ),
    figure(
      {
        ...{ title: 'p95', unit: 's', limits: { target: 0.08, alarm: 0.3 } },
        description: '95 % of the answers take no longer. Target: 80 ms.',
      },
      quantile(0.95, DURATION, '', ANSWERED),
    ),
    lines(
      { title: 'Answers by source', unit: 'reqps', description: 'Where the answers came from, per second.' },
      { '{{source}}': sum(rate(DIPS), 'source') },
      true,
    ),
    lines(
      {
        ...{ title: 'Latency', unit: 's', limits: { target: 0.08, alarm: 0.3 } },
        description: 'From the arrival of a dip to its answer. The lines are the target and the alarm of p95.',
      },
      {
        p50: quantile(0.5, DURATION, '', ANSWERED),
        p95: quantile(0.95, DURATION, '', ANSWERED),
        p99: quantile(0.99, DURATION, '', ANSWERED),
      },
    ),
    lines(
      { title: 'Degraded by reason', unit: 'reqps', description: 'Why answers have only defaults.' },
      { '{{lookup}}: {{reason}}': sum(rate('datadip_degraded_total'), 'lookup, reason') },
    ),
    lines(
      {
        ...{ title: 'Hits by lookup', unit: 'percentunit', limits: { target: 0.6, alarm: 0.3, isFloor: true } },
        description: 'A lookup with few hits loads its origin.',
      },
      { '{{lookup}}': share(rate(DIPS, 'source=~"cache|stale"'), rate(DIPS, ANSWERED), 'lookup') },
    ),
    lines(
      { title: 'Parts of composed dips', unit: 'reqps', description: 'Parts that gave defaults.' },
      { '{{lookup}}: {{part}}': sum(rate('datadip_composed_parts_total', 'source="degraded"'), 'lookup, part') },
    ),
    lines(
      { title: 'Fields with defaults', unit: 'reqps', description: 'Fields that a record has in another form.' },
      { '{{lookup}}.{{field}}: {{reason}}': sum(rate('datadip_field_defaults_total'), 'lookup, field, reason') },
    ),
  ],
};

export const originsRow: Row = {
  title: 'Systems of record',
  panels: [
    lines(
      {
        ...{ title: 'Errors', unit: 'percentunit', limits: { target: 0.01, alarm: 0.05 } },
        description: 'The share of failed calls. Target: below 1 %.',
      },
      {
        '{{system}}': share(
          rate('datadip_origin_requests_total', FAILED),
          rate('datadip_origin_requests_total'),
          'system',
        ),
      },
    ),
    lines(
      { title: 'Calls in flight and their limit', unit: 'short', description: 'Of all processes together.' },
      {
        '{{system}}': sum(metric('datadip_origin_in_flight'), 'system'),
        '{{system}}: limit': sum(metric('datadip_origin_limit'), 'system'),
      },
    ),
    lines(
      { title: 'Circuit open or paused', unit: 'short', description: '1 while Datadip does not call the system.' },
      {
        '{{system}}: circuit': `max by (system) (${metric('datadip_circuit_open')})`,
        '{{system}}: paused': `max by (system) (${metric('datadip_origin_paused')})`,
      },
    ),
    lines(
      { title: 'Calls by outcome', unit: 'reqps', description: 'Calls that reached the system.' },
      { '{{system}}: {{outcome}}': sum(rate('datadip_origin_requests_total'), 'system, outcome') },
      true,
    ),
    lines(
      { title: 'Duration of calls', unit: 's', description: 'How long the systems take.' },
      {
        '{{system}}: p50': quantile(0.5, 'datadip_origin_duration_seconds', 'system'),
        '{{system}}: p95': quantile(0.95, 'datadip_origin_duration_seconds', 'system'),
      },
    ),
    lines(
      { title: 'Records without an id', unit: 'reqps', description: 'Answered and not stored.' },
      { '{{lookup}}': sum(rate('datadip_records_without_customer_total'), 'lookup') },
    ),
  ],
};

export const refusedRow: Row = {
  title: 'Refused',
  panels: [
    lines(
      { title: 'Refused by admission', unit: 'reqps', description: 'Calls that were not sent to a system.' },
      { '{{system}}: {{reason}}': sum(rate('datadip_shed_total'), 'system, reason') },
    ),
    lines(
      {
        title: 'Refused by priority',
        unit: 'reqps',
        description: 'Background calls are refused first, IVR calls last.',
      },
      { '{{priority}}': sum(rate('datadip_shed_total'), 'priority') },
    ),
    lines(
      { title: 'Refused requests', unit: 'reqps', description: '429: above the limits of a caller. 503: overloaded.' },
      {
        '{{status}} {{route}}': sum(
          rate('datadip_http_request_duration_seconds_count', 'status=~"4..|5.."'),
          'status, route',
        ),
      },
    ),
  ],
};
