import { randomItem } from './random-item.js';

const SIZE = 24;
/**
 * The first customers get half of the reads and stay longer, so that readers notice their stale
 * values.
 */
const POPULAR = 6;
const POPULAR_REPLACED_SHARE = 0.1;
const FIRST_CUSTOMER = 1000;

/**
 * The customers of the current reads and writes.
 * They change all the time, because the first load of a new customer is the hardest case:
 * an invalidation then finds no entry to delete.
 */
export class Population {
  private readonly customers = Array.from({ length: SIZE }, (_, index) => FIRST_CUSTOMER + index);
  private next = FIRST_CUSTOMER + SIZE;

  get present(): readonly number[] {
    return this.customers;
  }

  random(): number {
    return randomItem(Math.random() < 0.5 ? this.customers.slice(0, POPULAR) : this.customers);
  }

  /** Replaces a customer for good by a customer that no reader has requested. */
  replaceOne(): void {
    const replacesPopular = Math.random() < POPULAR_REPLACED_SHARE;
    const index = replacesPopular ? Math.random() * POPULAR : POPULAR + Math.random() * (SIZE - POPULAR);
    this.customers[Math.floor(index)] = this.next;
    this.next += 1;
  }
}
