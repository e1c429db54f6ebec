import { Injectable } from '@nestjs/common';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';
import { EventBus } from './event-bus.js';

/** Says whether this process hears the other processes of its region. */
@Injectable()
export class MessageChannelMetrics {
  constructor(registry: MetricsRegistry, bus: EventBus) {
    registry.collectedGauge({
      name: 'datadip_message_channel_up',
      help: '1 while messages between the processes of the region arrive; at 0, the near cache is not used',
      collect: () => [[{}, bus.isHeard() ? 1 : 0]],
    });
  }
}
