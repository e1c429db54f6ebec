import { Injectable } from '@nestjs/common';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { Redis } from './redis.js';

/** Says whether the store serves, as this process sees it. */
@Injectable()
export class StoreMetrics {
  constructor(registry: MetricsRegistry, redis: Redis) {
    registry.collectedGauge({
      name: 'datadip_store_up',
      help: '1 while every node of Redis serves and accepts writes; always 1 without Redis',
      collect: () => [[{}, isUp(redis.status) ? 1 : 0]],
    });
  }
}

function isUp(status: Redis['status']): boolean {
  return status === undefined || (status.unavailable === undefined && status.writes === undefined);
}
