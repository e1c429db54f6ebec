import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RateLimiter, RateRequest } from '../../src/origins/admission/internal/rate-limiter.js';

/**
 * Calls per second. The limit admits one call in more than eight seconds, so that a slow machine
 * admits no second call between two lines of a test.
 */
const LOW_RATE = 0.12;
const INTERVAL_MS = 1000 / LOW_RATE;
/** Four calls at one moment, then one in 61 / 17 s. */
const PER_MINUTE = 20;
const MINUTES_INTERVAL_MS = 61_000 / 17;

/** The guarantees of every rate limiter. Time is real, so the rates are low and the bounds wide. */
export function rateLimiterContract(name: string, open: () => Promise<RateLimiter>): void {
  describe(name, () => {
    let rateLimiter: RateLimiter;
    let request: RateRequest;

    beforeEach(async () => {
      rateLimiter = await open();
      request = { account: randomUUID(), maxPerSecond: LOW_RATE, maxPerMinute: undefined, share: 1, maxWaitMs: 0 };
    });
    afterEach(() => rateLimiter.close());

    it('admits every call when there is no limit', async () => {
      for (let call = 0; call < 50; call++) {
        expect(await rateLimiter.acquire({ ...request, maxPerSecond: undefined })).toEqual({
          kind: 'acquired',
          afterMs: 0,
        });
      }
    });

    it('refuses the second call of a limit that allows one', async () => {
      expect(await rateLimiter.acquire(request)).toEqual({ kind: 'acquired', afterMs: 0 });
      expect(await rateLimiter.acquire(request)).toEqual({ kind: 'rate' });
    });

    it('counts each account separately', async () => {
      await rateLimiter.acquire(request);
      expect(await rateLimiter.acquire({ ...request, account: randomUUID() })).toMatchObject({ kind: 'acquired' });
    });

    it('delays each call that can wait by one more interval', async () => {
      const patient = { ...request, maxWaitMs: 2.8 * INTERVAL_MS };
      const first = await rateLimiter.acquire(patient);
      const second = await rateLimiter.acquire(patient);
      const third = await rateLimiter.acquire(patient);

      expect(first).toEqual({ kind: 'acquired', afterMs: 0 });
      expect(second.kind === 'acquired' && second.afterMs).toBeGreaterThan(0);
      expect(second.kind === 'acquired' && second.afterMs).toBeLessThanOrEqual(Math.ceil(INTERVAL_MS));
      expect(third.kind === 'acquired' && third.afterMs).toBeGreaterThan(
        second.kind === 'acquired' ? second.afterMs : Infinity,
      );
      expect(await rateLimiter.acquire({ ...request, maxWaitMs: INTERVAL_MS / 5 })).toEqual({ kind: 'rate' });
    });

    it('admits no more calls of a share than the share allows', async () => {
      const part = { ...request, maxPerSecond: 4, share: LOW_RATE / 4 };
      expect(await rateLimiter.acquire(part)).toMatchObject({ kind: 'acquired' });
      await delay(300);
      expect(await rateLimiter.acquire(part)).toEqual({ kind: 'rate' });
      expect(await rateLimiter.acquire({ ...part, share: 1 })).toMatchObject({ kind: 'acquired' });
    });

    describe('with a limit per minute', () => {
      /** The number of calls admitted at one moment, until one is refused. */
      const admittedAtOnce = async (wanted: RateRequest): Promise<number> => {
        for (let calls = 0; ; calls++) if ((await rateLimiter.acquire(wanted)).kind !== 'acquired') return calls;
      };
      const minute = (): RateRequest => ({ ...request, maxPerSecond: undefined, maxPerMinute: PER_MINUTE });

      it('admits a fifth of the limit at one moment, and then an even flow', async () => {
        const startMs = performance.now();
        expect(await admittedAtOnce(minute())).toBe(4);
        const next = await rateLimiter.acquire({ ...minute(), maxWaitMs: 5000 });
        const sinceMs = performance.now() - startMs;
        expect(next.kind === 'acquired' && next.afterMs + sinceMs).toBeGreaterThan(MINUTES_INTERVAL_MS - 1);
        expect(next.kind === 'acquired' && next.afterMs).toBeLessThanOrEqual(MINUTES_INTERVAL_MS);
      });

      it('counts the calls of one account together when their limits differ', async () => {
        expect(await admittedAtOnce({ ...minute(), maxPerMinute: 15 })).toBe(3);
        expect(await admittedAtOnce(minute())).toBeLessThanOrEqual(1);
      });

      it('admits half of the burst to calls with half a share', async () => {
        const background = { ...minute(), share: 0.5 };
        expect(await admittedAtOnce(background)).toBe(2);
        expect(await admittedAtOnce(minute())).toBe(2);
        expect(await rateLimiter.acquire(background)).toEqual({ kind: 'rate' });
      });

      it('keeps the limit per second as well', async () => {
        expect(await admittedAtOnce({ ...minute(), maxPerSecond: LOW_RATE })).toBe(1);
      });
    });

    it('refuses every call with a share of 0', async () => {
      expect(await rateLimiter.acquire({ ...request, share: 0 })).toEqual({ kind: 'rate' });
    });

    it('refuses every call while the account is paused', async () => {
      await rateLimiter.pause(request.account, 60_000);
      expect(rateLimiter.isPaused(request.account)).toBe(true);
      expect(await rateLimiter.acquire({ ...request, maxPerSecond: undefined })).toEqual({ kind: 'paused' });
    });

    it('admits calls after the end of the pause', async () => {
      await rateLimiter.pause(request.account, 50);
      await delay(110);
      expect(rateLimiter.isPaused(request.account)).toBe(false);
      expect(await rateLimiter.acquire(request)).toMatchObject({ kind: 'acquired' });
    });

    it('keeps a longer pause when a shorter one is set', async () => {
      await rateLimiter.pause(request.account, 60_000);
      await rateLimiter.pause(request.account, 1);
      await delay(10);
      expect(await rateLimiter.acquire(request)).toEqual({ kind: 'paused' });
    });
  });
}
