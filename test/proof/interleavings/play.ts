import type { Scheduler } from 'fast-check';
import type { CustomerIndex } from '../../../src/cache/internal/customer-index.js';
import type { EntryStore } from '../../../src/cache/internal/entry-store.js';
import { MemoryCustomerIndex } from '../../../src/cache/internal/memory-customer-index.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import { type Clock, SystemWallClock } from '../../../src/kernel/clock.js';
import type { EventBus } from '../../../src/messaging/event-bus.js';
import { InProcessEventBus } from '../../../src/messaging/in-process-event-bus.js';
import { Chronicle } from './chronicle.js';
import type { Simulation } from './simulation.js';
import type { Time } from './time.js';
import { Wire } from './wire.js';
import { hearingAlone } from '../../support/hearing.js';

const MAX_ENTRIES = 100;

/**
 * The parts of one run: the stores that the processes share, the wire to them, and the chronicle.
 */
export interface Play {
  readonly clock: Clock;
  readonly entries: EntryStore;
  /** The bus on which the shared store publishes. */
  readonly bus: EventBus;
  readonly index: CustomerIndex;
  readonly wire: Wire;
  readonly chronicle: Chronicle;
  /** The delay of a message, in steps of the schedule. */
  readonly messageSteps: number;
  /** As in `Simulation`. */
  readonly isSingleStore: boolean;
  /** Whether the next message is lost unnoticed. */
  readonly losesMessage: () => boolean;
}

export function newPlay(scene: Simulation, schedule: Scheduler, time: Time): Play {
  const { clock } = time;
  const bus = new InProcessEventBus('local', new SystemWallClock());
  const entries = new MemoryEntryStore(clock, MAX_ENTRIES, bus, hearingAlone(clock));
  const losses = scene.losses.values();
  return {
    clock,
    entries,
    bus,
    index: new MemoryCustomerIndex(clock, MAX_ENTRIES, (key) => void entries.delete(key)),
    wire: new Wire(schedule, time, scene.faults, scene.mayFail),
    chronicle: new Chronicle(clock),
    messageSteps: scene.messageSteps,
    isSingleStore: scene.isSingleStore,
    losesMessage: () => losses.next().value ?? false,
  };
}
