import { Injectable } from '@nestjs/common';
import { InFlight } from '../lifecycle/in-flight.js';
import type { LatencyHistogram } from '../metrics/latency-histogram.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

/**
 * Node's parser accepts 35 methods. The label has the six values below, and `OTHER` for all others.
 */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
export const OTHER_METHOD = 'OTHER';

@Injectable()
export class HttpMetrics {
  private readonly duration: LatencyHistogram<'route' | 'method' | 'status'>;

  constructor(registry: MetricsRegistry, inFlight: InFlight) {
    this.duration = registry.latencyHistogram(
      'datadip_http_request_duration_seconds',
      'Time from the arrival of a request to the end of its response',
      ['route', 'method', 'status'],
    );
    registry.collectedGauge({
      name: 'datadip_http_requests_in_flight',
      help: 'Requests of known callers without a finished response, the scrape included',
      collect: () => [[{}, inFlight.requestsInFlight]],
    });
  }

  requestFinished(route: string, method: string, status: number, seconds: number): void {
    this.duration.observe(seconds, [route, methodLabel(method), `${status}`]);
  }
}

export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : OTHER_METHOD;
}
