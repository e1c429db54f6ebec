import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent } from './end-with-parent.js';
import { newHandles, currentHandles } from './open-handles.js';
import { TimerOrigins } from './timer-origins.js';

/**
 * A handle that is closing disappears within some ticks. A handle that stays longer was left open.
 */
const LOOK_EVERY_MS = 20;
const LOOKS = 50;

/** A listener in the list of the runner, which its test environments share. */
type Listener = (event: { readonly name: string }, state: { readonly unhandledErrors: unknown[] }) => Promise<void>;
const LISTENERS = Symbol.for('EVENT_HANDLERS');

/**
 * Fails a test file that leaves sockets, servers, child processes or timers behind.
 *
 * The alarm checks after the last `afterAll` of the file. An `afterAll` hook of this setup file
 * would run before the hooks of the test file, because the runner keeps the order of declaration.
 */
const stopWatching = isWorker() ? endWithParent() : () => undefined;
const before = currentHandles();
/** Only on request: Node calls the hook for every tick, which makes all tests slower. */
const timers = process.env.TRACE_TIMERS === 'on' ? new TimerOrigins() : undefined;
timers?.start();
listeners().push(async (event, state) => {
  if (event.name !== 'run_finish') return;
  stopWatching();
  const left = await stillOpen();
  timers?.stop();
  if (left.length > 0) state.unhandledErrors.push(alarm(left));
});

/** Returns whether this process is a worker. Without workers, all tests run in the runner. */
function isWorker(): boolean {
  return process.send !== undefined;
}

/** Waits for a number of checks and not for a time: the test may have left a false clock. */
async function stillOpen(): Promise<string[]> {
  for (let look = 1; look < LOOKS && newHandles(before, currentHandles()).length > 0; look += 1)
    await sleep(LOOK_EVERY_MS);
  return newHandles(before, currentHandles());
}

function alarm(left: readonly string[]): Error {
  const error = new Error(
    `This test file left open: ${left.join(', ')}. Close, stop or clear it in the test or in afterEach/afterAll.`,
  );
  // The stack would point to this file, which is not the cause.
  const places = timers?.running() ?? ['somewhere; run this file again with TRACE_TIMERS=on'];
  const started = left.some((kind) => kind.startsWith('timers')) ? places : [];
  error.stack = [error.message, ...started.map((place) => `A timer runs that was started\n${place}`)].join('\n');
  return error;
}

function listeners(): Listener[] {
  const list = (globalThis as unknown as Record<symbol, Listener[] | undefined>)[LISTENERS];
  if (list === undefined)
    throw new Error('The test runner keeps its listeners elsewhere now: the leak alarm must be put there.');
  return list;
}
