import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { ALERTS } from '../../support/alert-rules.js';
import { CHART } from '../../support/chart.js';
import { ensureCommands } from '../../support/find-redis.js';
import { CASES, QUIET_NIGHT } from './cases.js';
import type { Series } from './series.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const RULES = join(CHART, 'files/rules.yaml');
const INSTALLS_WITHIN_MS = 5 * 60_000;
/** Later than the longest `for`. */
const AT = '45m';

let scratch: string;

beforeAll(async () => {
  ensureCommands(['promtool']);
  scratch = await mkdtemp(join(tmpdir(), 'datadip-rules-'));
}, INSTALLS_WITHIN_MS);
afterAll(() => rm(scratch, { recursive: true }));

/** Returns the output. Rejects if promtool finds a problem. */
function promtool(...args: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    execFile('promtool', args, { env: process.env, timeout: 60_000 }, (failure, output, errors) => {
      if (failure === null) done(output);
      else failed(new Error(`${output}\n${errors}`));
    });
  });
}

interface ExpectedSample {
  readonly expr: string;
  readonly value: number | undefined;
}

/** A test of promtool: the values of expressions after 45 min of these series. */
function ruleTest(series: Series, expected: readonly ExpectedSample[], more: object = {}): object {
  return {
    interval: '30s',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: expected.map(({ expr, value }) => ({
      ...{ expr, eval_time: AT },
      exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
    })),
    ...more,
  };
}

async function run(tests: readonly object[]): Promise<void> {
  const file = join(scratch, 'rules.test.yaml');
  await writeFile(file, stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }));
  await promtool('test', 'rules', file);
}

const firing = (alert: string, severity: string) =>
  `count(ALERTS{alertname="${alert}",severity="${severity}",alertstate="firing"})`;

describe('the alert rules', () => {
  it('are valid for Prometheus', async () => {
    expect(await promtool('check', 'rules', RULES)).toContain('SUCCESS');
  });

  it('belong to a valid configuration in Compose', async () => {
    const file = join(ROOT, 'deploy/compose/prometheus.yml');
    expect(await promtool('check', 'config', file)).toContain('SUCCESS');
  });

  it('each have a case, a severity and a text', () => {
    const key = ({ alert, severity }: { alert: string; severity: string }) => `${alert} ${severity}`;
    const ruled = new Set(ALERTS.map(({ alert, labels }) => key({ alert, severity: labels.severity })));
    expect(new Set(CASES.map(key))).toEqual(ruled);
  });

  it('fire beyond their thresholds', () =>
    run(CASES.map(({ alert, severity, fires }) => ruleTest(fires, [{ expr: firing(alert, severity), value: 1 }]))));

  it('do not fire just inside their thresholds', () =>
    run(
      CASES.map(({ alert, severity, quiet }) => ruleTest(quiet, [{ expr: firing(alert, severity), value: undefined }])),
    ));

  it('do not fire for the few requests of a night', () =>
    run([ruleTest(QUIET_NIGHT, [{ expr: 'count(ALERTS{alertstate="firing"})', value: undefined }])]));

  it('count a system without errors as 0 and not as absent', () =>
    run([
      ruleTest({ 'datadip_origin_requests_total{job="datadip",system="crm",outcome="ok"}': '0+60x120' }, [
        { expr: 'sum(datadip:origin_error_ratio:rate5m)', value: 0 },
      ]),
      ruleTest({ 'datadip_lookup_total{job="datadip",lookup="c",source="origin"}': '0+60x120' }, [
        { expr: 'sum(datadip:hit_ratio:rate5m)', value: 0 },
        { expr: 'sum(datadip:degraded_ratio:rate5m)', value: 0 },
      ]),
    ]));

  it('name the system, and say the figure in words', () =>
    run([
      ruleTest(
        {
          'datadip_origin_requests_total{job="datadip",system="crm",outcome="ok"}': '0+90x120',
          'datadip_origin_requests_total{job="datadip",system="crm",outcome="timeout"}': '0+10x120',
          'datadip_build_info{job="datadip"}': '1x120',
        },
        [],
        {
          alert_rule_test: [
            {
              ...{ eval_time: '5m', alertname: 'DatadipOriginErrors' },
              exp_alerts: [
                {
                  exp_labels: { severity: 'critical', job: 'datadip', system: 'crm' },
                  exp_annotations: {
                    summary: 'More than 5 % of the calls to crm fail',
                    description: '10% of the calls fail.',
                    runbook_url: 'docs/operations/alerts/origin-fails.md',
                  },
                },
              ],
            },
          ],
        },
      ),
    ]));
});

describe('the runbooks', () => {
  const pages = new Set(ALERTS.map(({ annotations }) => annotations.runbook_url));

  it('exist for every alert', () => {
    expect([...pages].filter((page) => !existsSync(join(ROOT, page)))).toEqual([]);
  });

  it('name their alerts, and the index lists each alert with its severities', () => {
    const index = readFileSync(join(ROOT, 'docs/operations/alerts/README.md'), 'utf8');
    for (const { alert, labels, annotations } of ALERTS) {
      expect(readFileSync(join(ROOT, annotations.runbook_url), 'utf8')).toContain(`\`${alert}\``);
      const row = index.split('\n').find((line) => line.startsWith(`| \`${alert}\``));
      expect(row).toContain(labels.severity);
      expect(row).toContain(annotations.runbook_url.replace('docs/operations/alerts/', ''));
    }
  });
});
