import { SystemWallClock } from '../../src/kernel/clock.js';
import { InProcessEventBus } from '../../src/messaging/in-process-event-bus.js';
import { eventBusContract } from './event-bus.contract.js';

eventBusContract('InProcessEventBus', () => {
  const bus = new InProcessEventBus('local', new SystemWallClock());
  return Promise.resolve({ bus, region: 'local', close: () => Promise.resolve() });
});
