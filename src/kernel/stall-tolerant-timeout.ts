import { withTimer, type TIMED_OUT } from './deadline.js';

/**
 * If a timer fires later than this, in milliseconds, this process was busy, and the other side need
 * not have been slow.
 */
const STALL_MS = 10;
/** How often a stall may restart the wait. */
export const MAX_EXTENSIONS = 3;

/**
 * Waits at most `boundMs` for an answer from outside, and does not count the time of stalls.
 *
 * A busy process neither sends nor reads. The answer may already be in the socket, or the request
 * may not have left. So a wait that ends more than `STALL_MS` late starts again, at most
 * `MAX_EXTENSIONS` times. Before the wait times out, the process reads its sockets once more.
 */
export function stallTolerantTimeout<T>(
  work: Promise<T>,
  boundMs: number,
  nowMs: () => number,
): Promise<T | typeof TIMED_OUT> {
  return withTimer(work, (timeIsUp) => {
    let timer: NodeJS.Timeout;
    const wait = (extensionsLeft: number): void => {
      const dueAtMs = nowMs() + boundMs;
      timer = setTimeout(() => {
        if (nowMs() - dueAtMs > STALL_MS && extensionsLeft > 0) wait(extensionsLeft - 1);
        // Node reads sockets between timers and immediates.
        else setImmediate(timeIsUp);
      }, boundMs);
    };
    wait(MAX_EXTENSIONS);
    return () => clearTimeout(timer);
  });
}
