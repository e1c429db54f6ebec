import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dashboardText } from '../../../deploy/dashboard/dashboard.js';
import { ALERTS, RECORDINGS } from '../../support/alert-rules.js';
import { chartFile } from '../../support/chart.js';
import { DASHBOARD_EXPRESSIONS, PANELS } from '../../support/dashboard-panels.js';
import { metricsOfReference, parsePromQl, type Expression } from '../../support/promql.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const METRICS = metricsOfReference();
/** Labels that a scrape adds, and the metrics of the library and of Prometheus. */
const SCRAPE_LABELS = ['namespace', 'job', 'instance', 'service', 'le'];
const OTHERS = new Map(
  ['up', 'process_cpu_seconds_total', 'process_resident_memory_bytes', ...RECORDINGS.map(({ record }) => record)].map(
    (name) => [name, undefined] as const,
  ),
);
const LABELS = new Set([...SCRAPE_LABELS, ...[...METRICS.values()].flatMap((labels) => [...labels])]);

const rules = [...RECORDINGS, ...ALERTS].map(({ expr }) => expr);

/** Says what of an expression does not exist. */
function unknown({ errors, selectors, groupedBy }: Expression): string[] {
  const ofMetrics = selectors.flatMap(({ metric, labels }) => {
    if (OTHERS.has(metric)) return [];
    const known = METRICS.get(metric);
    if (known === undefined) return [`no metric ${metric}`];
    return labels
      .filter((label) => !known.has(label) && !SCRAPE_LABELS.includes(label))
      .map((label) => `${metric} has no label ${label}`);
  });
  return [
    ...errors,
    ...ofMetrics,
    ...groupedBy.filter((label) => !LABELS.has(label)).map((label) => `no label ${label}`),
  ];
}

describe('the expressions of the dashboard', () => {
  it('parse, and name only metrics and labels that exist', () => {
    expect(DASHBOARD_EXPRESSIONS.length).toBeGreaterThan(40);
    expect(DASHBOARD_EXPRESSIONS.flatMap((expr) => unknown(parsePromQl(expr)))).toEqual([]);
  });

  it('each read a metric', () => {
    expect(DASHBOARD_EXPRESSIONS.filter((expr) => parsePromQl(expr).selectors.length === 0)).toEqual([]);
  });
});

describe('the expressions of the rules', () => {
  it('parse, and name only metrics and labels that exist', () => {
    expect(rules.flatMap((expr) => unknown(parsePromQl(expr)))).toEqual([]);
  });
});

describe('the check of expressions', () => {
  it.each([
    ['sum(datadip_lokup_total)', ['no metric datadip_lokup_total']],
    ['rate(datadip_lookup_total{sorce="cache"}[5m])', ['datadip_lookup_total has no label sorce']],
    ['sum by (lokup) (datadip_lookup_total)', ['no label lokup']],
    ['datadip_lookup_duration_seconds', ['no metric datadip_lookup_duration_seconds']],
    ['rate(datadip_lookup_duration_seconds_bucket{le="0.3"}[$__rate_interval])', []],
  ])('finds what does not exist in %s', (expr, problems) => {
    expect(unknown(parsePromQl(expr))).toEqual(problems);
  });

  it('finds a text that is no PromQL', () => {
    expect(parsePromQl('sum(rate(datadip_lookup_total[5m])').errors).not.toEqual([]);
  });
});

describe('the dashboard of the chart', () => {
  it('is the file that the code writes', () => {
    expect(chartFile('files/dashboard.json')).toBe(dashboardText());
  });

  it('asks one data source, which the reader chooses, and explains each panel', () => {
    for (const panel of PANELS) {
      expect(panel.datasource).toEqual({ type: 'prometheus', uid: '${source}' });
      expect([panel.title, panel.description]).not.toContain('');
    }
  });
});

describe('the metrics that texts name', () => {
  const files = globSync(['docs/operations/**/*.md', 'deploy/chart/templates/*', 'deploy/dashboard/*.ts'], {
    cwd: ROOT,
  });

  it.each(files)('exist, in %s', (file) => {
    const names = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bdatadip_\w+/g)].map(([name]) => name);
    const known = new Set([...METRICS.keys(), ...[...METRICS.keys()].map((name) => name.replace(/_bucket$/, ''))]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});
