import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RateLimiter, RateRequest } from '../../src/origins/admission/internal/rate-limiter.js';

/** One call in more than eight seconds: a turn does not come by itself while a slow machine gets from one line to the next. */
const SELDOM = 0.12;
const INTERVAL_MS = 1000 / SELDOM;
/** Four at one moment, then one in 61 / 17 s. */
const PER_MINUTE = 20;
const MINUTES_INTERVAL_MS = 61_000 / 17;

/** Everything a ledger promises. Time is real, so the rates are low and the bounds wide. */
export function regionLedgerContract(name: string, open: () => Promise<RateLimiter>): void {
  describe(name, () => {
    let ledger: RateLimiter;
    let spending: RateRequest;

    beforeEach(async () => {
      ledger = await open();
      spending = { account: randomUUID(), maxPerSecond: SELDOM, maxPerMinute: undefined, share: 1, waitMs: 0 };
    });
    afterEach(() => ledger.close());

    it('lets everything through where there is no ceiling', async () => {
      for (let call = 0; call < 50; call++) {
        expect(await ledger.acquire({ ...spending, maxPerSecond: undefined })).toEqual({ kind: 'go', afterMs: 0 });
      }
    });

    it('turns away what is beyond the ceiling', async () => {
      expect(await ledger.acquire(spending)).toEqual({ kind: 'go', afterMs: 0 });
      expect(await ledger.acquire(spending)).toEqual({ kind: 'rate' });
    });

    it('counts each system for itself', async () => {
      await ledger.acquire(spending);
      expect(await ledger.acquire({ ...spending, account: randomUUID() })).toMatchObject({ kind: 'go' });
    });

    it('gives those who can wait a turn of their own', async () => {
      const patient = { ...spending, waitMs: 2.8 * INTERVAL_MS };
      const first = await ledger.acquire(patient);
      const second = await ledger.acquire(patient);
      const third = await ledger.acquire(patient);

      expect(first).toEqual({ kind: 'go', afterMs: 0 });
      expect(second.kind === 'go' && second.afterMs).toBeGreaterThan(0);
      expect(second.kind === 'go' && second.afterMs).toBeLessThanOrEqual(Math.ceil(INTERVAL_MS));
      expect(third.kind === 'go' && third.afterMs).toBeGreaterThan(second.kind === 'go' ? second.afterMs : Infinity);
      expect(await ledger.acquire({ ...spending, waitMs: INTERVAL_MS / 5 })).toEqual({ kind: 'rate' });
    });

    it('gives a share no more than its share', async () => {
      const part = { ...spending, maxPerSecond: 4, share: SELDOM / 4 };
      expect(await ledger.acquire(part)).toMatchObject({ kind: 'go' });
      await delay(300);
      expect(await ledger.acquire(part)).toEqual({ kind: 'rate' });
      expect(await ledger.acquire({ ...part, share: 1 })).toMatchObject({ kind: 'go' });
    });

    describe('with a ceiling a minute', () => {
      /** Made at one moment, one after another until one is turned away. */
      const atOnce = async (asking: RateRequest): Promise<number> => {
        for (let made = 0; ; made++) if ((await ledger.acquire(asking)).kind !== 'go') return made;
      };
      const minute = (): RateRequest => ({ ...spending, maxPerSecond: undefined, maxPerMinute: PER_MINUTE });

      it('lets a fifth of it come at one moment, and then the others evenly', async () => {
        const startMs = performance.now();
        expect(await atOnce(minute())).toBe(4);
        const next = await ledger.acquire({ ...minute(), waitMs: 5000 });
        const sinceMs = performance.now() - startMs;
        expect(next.kind === 'go' && next.afterMs + sinceMs).toBeGreaterThan(MINUTES_INTERVAL_MS - 1);
        expect(next.kind === 'go' && next.afterMs).toBeLessThanOrEqual(MINUTES_INTERVAL_MS);
      });

      it('counts together what is spent on one account, whoever spends it', async () => {
        expect(await atOnce({ ...minute(), maxPerMinute: 15 })).toBe(3);
        expect(await atOnce(minute())).toBeLessThanOrEqual(1);
      });

      it('keeps half of the burst from those who have half a share', async () => {
        const background = { ...minute(), share: 0.5 };
        expect(await atOnce(background)).toBe(2);
        expect(await atOnce(minute())).toBe(2);
        expect(await ledger.acquire(background)).toEqual({ kind: 'rate' });
      });

      it('keeps to that of a second as well', async () => {
        expect(await atOnce({ ...minute(), maxPerSecond: SELDOM })).toBe(1);
      });
    });

    it('gives no share nothing', async () => {
      expect(await ledger.acquire({ ...spending, share: 0 })).toEqual({ kind: 'rate' });
    });

    it('turns everybody away while the system is paused', async () => {
      await ledger.pause(spending.account, 60_000);
      expect(ledger.isPaused(spending.account)).toBe(true);
      expect(await ledger.acquire({ ...spending, maxPerSecond: undefined })).toEqual({ kind: 'paused' });
    });

    it('turns nobody away when the pause is over', async () => {
      await ledger.pause(spending.account, 50);
      await delay(110);
      expect(ledger.isPaused(spending.account)).toBe(false);
      expect(await ledger.acquire(spending)).toMatchObject({ kind: 'go' });
    });

    it('does not end a longer pause by a shorter one', async () => {
      await ledger.pause(spending.account, 60_000);
      await ledger.pause(spending.account, 1);
      await delay(10);
      expect(await ledger.acquire(spending)).toEqual({ kind: 'paused' });
    });
  });
}
