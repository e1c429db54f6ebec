import { Redis } from 'ioredis';
import { entryKey } from '../../../src/contracts/entry-key.js';
import { Hmac } from '../../../src/kernel/hmac.js';

/** Given to the application under test, so that the test knows the names of its entries. */
export const KEY_SECRET = 'a secret of this test alone';

/**
 * For rules that hold while the store is up. On a busy machine a healthy store may need longer than
 * the default of 50 ms. Other tests cover a store that exceeds the limit.
 */
export const PATIENT = { KEY_SECRET, REDIS_TIMEOUT_MS: '1000' };

const hmac = new Hmac(KEY_SECRET);

/** Where `customer` keeps what it knows of a phone number, given as its bare digits. */
export function customerKey(digits: string): string {
  return entryKey('customer', '10001', hmac.hex(digits));
}

/** A second pair of eyes on a server: waits for it when it is away, and resends nothing. */
export function onlooker(url: string): Redis {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, lazyConnect: true });
  client.on('error', () => undefined);
  return client;
}
