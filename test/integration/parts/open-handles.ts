import { expect } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { newHandles, currentHandles, type OpenHandles } from '../../support/open-handles.js';

export { currentHandles };

/**
 * Waits until this process has no more open handles than before. The Redis client closes a broken
 * connection with a timer of 2 s, and the leak alarm does not wait for that timer.
 */
export async function untilHandlesClosed(before: OpenHandles): Promise<void> {
  await eventually(() => expect(newHandles(before, currentHandles())).toEqual([]));
}
