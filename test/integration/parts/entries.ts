import { Redis } from 'ioredis';
import { entryKey } from '../../../src/contracts/entry-key.js';
import { Hmac } from '../../../src/kernel/hmac.js';

/** Given to the application under test, so that the test knows the names of its entries. */
export const KEY_SECRET = 'known to the test and to nobody else';

/**
 * For laws that hold while the store is up: on a machine this busy a store that takes part may need longer than the product's own
 * 50 ms. What happens beyond the bound has its own tests.
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
