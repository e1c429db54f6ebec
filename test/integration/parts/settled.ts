import { expect } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { leftOpen, openNow, type OpenHandles } from '../../support/open-handles.js';

export { openNow };

/** The Redis client closes a connection that is gone already with a timer of 2 s, which the leak alarm does not wait for. */
export async function untilNothingIsLeft(before: OpenHandles): Promise<void> {
  await eventually(() => expect(leftOpen(before, openNow())).toEqual([]));
}
