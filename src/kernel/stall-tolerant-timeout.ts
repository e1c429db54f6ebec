import { withTimer, type TIMED_OUT } from './deadline.js';

/** A timer that fires this much too late says that this process was busy, not that the other side was slow. */
const BUSY_MS = 10;
/** How often the wait may begin anew because of that. */
export const MAX_EXTENSIONS = 3;

/**
 * Waits for an answer from outside for no longer than `boundMs` of our own attention.
 *
 * While this process is busy with something else it neither sends nor reads, so that time is not held against the other side: an answer
 * may be lying in the socket, or the question may not have left. A wait that ends much too late begins anew, a few times; and before any
 * wait is given up, what has arrived is read.
 */
export function stallTolerantTimeout<T>(
  work: Promise<T>,
  boundMs: number,
  nowMs: () => number,
): Promise<T | typeof TIMED_OUT> {
  return withTimer(work, (timeIsUp) => {
    let timer: NodeJS.Timeout;
    const wait = (pardons: number): void => {
      const dueAtMs = nowMs() + boundMs;
      timer = setTimeout(() => {
        if (nowMs() - dueAtMs > BUSY_MS && pardons > 0) wait(pardons - 1);
        // Sockets are read between timers and immediates.
        else setImmediate(timeIsUp);
      }, boundMs);
    };
    wait(MAX_EXTENSIONS);
    return () => clearTimeout(timer);
  });
}
