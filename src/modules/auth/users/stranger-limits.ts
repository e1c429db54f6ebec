import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../kernel/clock.js';
import { Gcra, perSecondRate } from '../../../kernel/gcra.js';
import { networkOf } from '../internal/network-address.js';

/** 20 refused tokens at once, and then one in 3 s. */
const REFUSED_TOKENS = perSecondRate(1 / 3, 20);
/** A desktop with many pages sends its tokens one after the other. */
const MAX_CONCURRENT = 20;
/** Addresses in memory. The address that sent a token longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Address {
  readonly refused: Gcra;
  checks: number;
}

/**
 * Bounds the checks that unknown tokens of one network address cause, in this process.
 *
 * Guarantees:
 * - At most 20 checks of an address run at the same time.
 * - After 20 refused tokens at once, and one in 3 s, the address causes no further check.
 * - Tokens that the platform accepts count against nothing.
 *
 * Does not guarantee: anything for senders behind one proxy, which have one address together. Such
 * a sender can keep out other unknown tokens, and no familiar token.
 */
export class StrangerLimits {
  private readonly addresses = new LRUCache<string, Address>({ max: MAX_ADDRESSES });

  constructor(private readonly clock: Clock) {}

  /** @returns `undefined` above the limits; else the function that ends the check */
  begin(remoteAddress: string | undefined): ((isRefused: boolean) => void) | undefined {
    const address = this.address(networkOf(remoteAddress));
    const isOver = address.refused.delayMs(REFUSED_TOKENS, this.clock.nowMs()) > 0;
    if (isOver || address.checks >= MAX_CONCURRENT) return undefined;
    address.checks++;
    return (isRefused) => {
      address.checks--;
      if (isRefused) address.refused.record(REFUSED_TOKENS, this.clock.nowMs());
    };
  }

  private address(network: string): Address {
    const known = this.addresses.get(network);
    if (known !== undefined) return known;
    const address = { refused: new Gcra(), checks: 0 };
    this.addresses.set(network, address);
    return address;
  }
}
