import { describe, expect, it } from '@jest/globals';
import { LogMetrics } from '../../../src/platform/logging/log.metrics.js';
import { createLogs } from '../../../src/platform/logging/root-logger.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';

const write = () => undefined;

describe('the metric of lost log lines', () => {
  it('counts the lines of each room, and shows rooms without a loss as 0', async () => {
    let lost = 0;
    const audit = { write, lostLines: () => lost };
    const logs = createLogs('info', 'eu', { service: { write }, audit, anonymous: { write, lostLines: () => 3 } });
    const registry = new MetricsRegistry();
    new LogMetrics(registry, logs.lostLines);
    const lines = async () =>
      (await registry.text()).split('\n').filter((line) => line.startsWith('datadip_log_lines'));

    expect(await lines()).toEqual([
      'datadip_log_lines_lost_total{room="audit"} 0',
      'datadip_log_lines_lost_total{room="service"} 0',
      'datadip_log_lines_lost_total{room="anonymous"} 3',
    ]);
    lost = 12;
    expect(await lines()).toContain('datadip_log_lines_lost_total{room="audit"} 12');
  });
});
