import { anyOf } from './any-of.js';

const SIZE = 24;
/** The first few are asked for half of the time, and stay longer: an old truth about them would be seen. */
const POPULAR = 6;
const POPULAR_GO_SHARE = 0.1;
const FIRST_CUSTOMER = 1000;

/**
 * The customers that are asked for and written about just now. They change all the time, because the first load of a customer nobody
 * has heard of is where an invalidation has nothing to hold on to.
 */
export class Population {
  private readonly customers = Array.from({ length: SIZE }, (_, at) => FIRST_CUSTOMER + at);
  private next = FIRST_CUSTOMER + SIZE;

  any(): number {
    return anyOf(Math.random() < 0.5 ? this.customers.slice(0, POPULAR) : this.customers);
  }

  /** One goes for good, and one comes that was never asked for. */
  replaceOne(): void {
    const popularGoes = Math.random() < POPULAR_GO_SHARE;
    const at = popularGoes ? Math.random() * POPULAR : POPULAR + Math.random() * (SIZE - POPULAR);
    this.customers[Math.floor(at)] = this.next;
    this.next += 1;
  }
}
