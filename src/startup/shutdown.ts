import type { Logger } from 'pino';
import type { InFlight } from '../platform/lifecycle/in-flight.js';
import type { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { declareLogFields } from '../platform/logging/log-fields.js';

declareLogFields({ signal: 'text', inFlight: 'number', drained: 'boolean' });

/**
 * The longest time that shutdown waits for work in flight, in milliseconds
 * (`docs/reference/limits.md`).
 */
const MAX_DRAIN_MS = 10_000;

export interface Stoppable {
  readonly lifecycle: Lifecycle;
  readonly inFlight: InFlight;
  readonly log: Logger;
  /** Closes the listener, all connections and all timers. */
  readonly close: () => Promise<void>;
}

/**
 * On SIGTERM or SIGINT the process accepts no more work, finishes the work in flight, and exits
 * with code 0. The listener stays open until then, so that probes and late requests receive 503
 * instead of a refused connection.
 */
export function stopOnSignal(process: NodeJS.Process, { lifecycle, inFlight, log, close }: Stoppable): void {
  const stop = async (signal: string): Promise<void> => {
    if (lifecycle.state === 'stopping') return;
    lifecycle.stop();
    log.info({ signal, inFlight: inFlight.count }, 'stopping');
    const drained = await inFlight.drained(MAX_DRAIN_MS);
    log.info({ drained }, 'stopped');
    await close();
    log.flush(() => process.exit(0));
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
}
