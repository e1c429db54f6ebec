import { Redis } from 'ioredis';
import { entryKey } from '../../../src/contracts/entry-key.js';
import { Hmac } from '../../../src/kernel/hmac.js';

/** The key secret of the application under test. The test computes entry keys with it. */
export const KEY_SECRET = 'a secret of this test alone';

/**
 * The environment for tests with a healthy store. On a busy machine a healthy store may need longer
 * than the default of 50 ms. Other tests cover a store that exceeds the limit.
 */
export const HEALTHY_STORE_ENV = { KEY_SECRET, REDIS_TIMEOUT_MS: '1000' };

const hmac = new Hmac(KEY_SECRET);

/** Returns the entry key of `customer` for a phone number without its plus sign. */
export function customerKey(digits: string): string {
  return entryKey('customer', '10001', hmac.hex(digits));
}

/** Connects an independent client, which waits for a missing server and resends no command. */
export function openObserver(url: string): Redis {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, lazyConnect: true });
  client.on('error', () => undefined);
  return client;
}
