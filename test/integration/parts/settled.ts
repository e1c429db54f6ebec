import { expect } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { leftOpen, openNow, type OpenHandles } from '../../support/open-handles.js';

export { openNow };

/**
 * The Redis client closes a connection that is already gone with a timer of 2 s. The leak alarm does
 * not wait for that timer.
 */
export async function untilNothingIsLeft(before: OpenHandles): Promise<void> {
  await eventually(() => expect(leftOpen(before, openNow())).toEqual([]));
}
