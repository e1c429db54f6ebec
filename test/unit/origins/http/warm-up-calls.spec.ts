import { expect, it } from '@jest/globals';
import { SystemClock } from '../../../../src/kernel/clock.js';
import { warmUpCalls } from '../../../../src/origins/http/warm-up-calls.js';

it('calls its own server through the driver of systems, and leaves no server and no connection', async () => {
  // The alarm of the tests reports servers and sockets that stay open.
  await expect(warmUpCalls(new SystemClock())).resolves.toBeUndefined();
});
