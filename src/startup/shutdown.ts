import type { Logger } from 'pino';
import type { InFlight } from '../platform/lifecycle/in-flight.js';
import type { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { declareLogFields } from '../platform/logging/log-fields.js';

declareLogFields({ signal: 'text', inFlight: 'number', drained: 'boolean' });

/** What is in flight gets this long. Contract, section 6. */
const DRAIN_BOUND_MS = 10_000;

export interface Stoppable {
  readonly lifecycle: Lifecycle;
  readonly inFlight: InFlight;
  readonly log: Logger;
  /** Ends everything that is still open. */
  readonly close: () => Promise<void>;
}

/**
 * On SIGTERM or SIGINT: takes no more work, finishes what it has, then ends with code 0. The listener stays open meanwhile, so that
 * probes and late requests hear 503 rather than a refused connection.
 */
export function stopOnSignal(process: NodeJS.Process, { lifecycle, inFlight, log, close }: Stoppable): void {
  const stop = async (signal: string): Promise<void> => {
    if (lifecycle.state === 'stopping') return;
    lifecycle.stop();
    log.info({ signal, inFlight: inFlight.count }, 'stopping');
    const drained = await inFlight.drained(DRAIN_BOUND_MS);
    log.info({ drained }, 'stopped');
    await close();
    log.flush(() => process.exit(0));
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
}
