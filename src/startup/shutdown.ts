import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { InFlight } from '../platform/lifecycle/in-flight.js';
import type { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { declareLogFields } from '../platform/logging/log-fields.js';

declareLogFields({ signal: 'text', drainDelayMs: 'number', inFlight: 'number', drained: 'boolean' });

/**
 * The longest time that shutdown waits for work in flight, in milliseconds
 * (`docs/reference/limits.md`).
 */
const MAX_DRAIN_MS = 10_000;

export interface Stoppable {
  /** How long the process serves after the signal while it is not ready, in milliseconds. */
  readonly drainDelayMs: number;
  readonly lifecycle: Lifecycle;
  readonly inFlight: InFlight;
  readonly log: Logger;
  /** Closes the listener, all connections and all timers. */
  readonly close: () => Promise<void>;
}

/**
 * On SIGTERM or SIGINT the process is no longer ready, and serves for `drainDelayMs`. In that time,
 * load balancers notice. A second signal ends this wait. Then the process accepts no more work,
 * finishes the work in flight, and exits with code 0. The listener stays open until then, so that
 * probes and late requests receive 503 instead of a refused connection.
 */
export function stopOnSignal(process: NodeJS.Process, stoppable: Stoppable): void {
  const { lifecycle, inFlight, log, close, drainDelayMs } = stoppable;
  const secondSignal = new AbortController();
  const stop = async (signal: string): Promise<void> => {
    if (lifecycle.state === 'draining') secondSignal.abort();
    if (lifecycle.state === 'draining' || lifecycle.state === 'stopping') return;
    if (drainDelayMs > 0) {
      lifecycle.drain();
      log.info({ signal, drainDelayMs }, 'draining');
      await delay(drainDelayMs, undefined, { signal: secondSignal.signal }).catch(() => undefined);
    }
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

/**
 * Lets SIGUSR1 do nothing. Node would open its inspector, which lets any local program run code in
 * this process.
 */
export function ignoreInspectorSignal(process: NodeJS.Process): void {
  process.on('SIGUSR1', () => undefined);
}
