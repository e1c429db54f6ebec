import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent } from './end-with-parent.js';
import { leftOpen, openNow } from './open-handles.js';

/** What is being closed is gone some ticks later; what still stands after this was left open. */
const LOOK_EVERY_MS = 20;
const LOOKS = 50;

/** The runner's list of listeners, which its test environments are given too. Of its events only the last one matters here. */
type Listener = (event: { readonly name: string }, state: { readonly unhandledErrors: unknown[] }) => Promise<void>;
const LISTENERS = Symbol.for('EVENT_HANDLERS');

/**
 * Fails a test file that leaves sockets, servers, child processes or timers behind.
 *
 * It looks after the last `afterAll` of the file. A hook of its own would run before them: the runner keeps the order in which
 * hooks were declared, and a setup file is always first.
 */
const stopWatching = isWorker() ? endWithParent() : () => undefined;
const before = openNow();
listeners().push(async (event, state) => {
  if (event.name !== 'run_finish') return;
  stopWatching();
  const left = await stillOpen();
  if (left.length > 0) state.unhandledErrors.push(alarm(left));
});

/** Else all tests run in the runner's own process, and it answers for itself. */
function isWorker(): boolean {
  return process.send !== undefined;
}

/** Counted in looks, not on a clock: the test may have left a false one behind. */
async function stillOpen(): Promise<string[]> {
  for (let look = 1; look < LOOKS && leftOpen(before, openNow()).length > 0; look += 1) await sleep(LOOK_EVERY_MS);
  return leftOpen(before, openNow());
}

function alarm(left: readonly string[]): Error {
  const error = new Error(
    `This test file left open: ${left.join(', ')}. Close, stop or clear it in the test or in afterEach/afterAll.`,
  );
  // The stack would point here, where nothing is wrong.
  error.stack = error.message;
  return error;
}

function listeners(): Listener[] {
  const list = (globalThis as unknown as Record<symbol, Listener[] | undefined>)[LISTENERS];
  if (list === undefined)
    throw new Error('The test runner keeps its listeners elsewhere now: the leak alarm must be put there.');
  return list;
}
