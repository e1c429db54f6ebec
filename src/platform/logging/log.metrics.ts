import { Inject, Injectable } from '@nestjs/common';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import type { LostLines } from './log-output.js';
import { LOST_LINES } from './logger.token.js';

/** Counts lost lines, so that an alert can see a gap in the audit lines. */
@Injectable()
export class LogMetrics {
  constructor(registry: MetricsRegistry, @Inject(LOST_LINES) lostLines: LostLines) {
    registry.collectedCounter({
      name: 'datadip_log_lines_lost_total',
      help: 'Log lines that were lost because the reader of the output was too slow, by room',
      labelNames: ['room'],
      collect: () => lostLines().map(([room, lines]) => [{ room }, lines] as const),
    });
  }
}
