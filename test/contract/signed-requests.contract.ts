import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  SETTLES_AFTER_MS,
  SIGNED_REMEMBERED_MS,
  type SignedMark,
  type SignedRequests,
} from '../../src/modules/invalidation/signed-requests.js';

/** What a suite needs of the implementation it tries. */
export interface SignedRequestsUnderTest {
  readonly requests: SignedRequests;
  /** Makes what is remembered older. */
  readonly age: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Far less than what is measured, and longer than a test takes. */
const MARGIN_MS = 2000;

/** The law of every memory of signed requests. */
export function signedRequestsContract(name: string, open: () => Promise<SignedRequestsUnderTest>): void {
  describe(`${name}, as a memory of signed requests`, () => {
    let subject: SignedRequestsUnderTest;
    let requests: SignedRequests;
    beforeAll(async () => {
      subject = await open();
      ({ requests } = subject);
    });
    afterAll(() => subject.close());

    const some = (): SignedMark => ({ customer: { tenant: '10001', hash: randomUUID() }, hash: randomUUID() });
    /** As the service carries one out: what came before is recalled before that begins. */
    const carryOut = async (mark: SignedMark, invalidated: number): Promise<boolean> => {
      const earlier = await requests.recall(mark);
      return earlier.kind !== 'settled' && requests.note(mark, invalidated, earlier);
    };

    it('knows nothing of what was never carried out', async () => {
      expect(await requests.recall(some())).toEqual({ kind: 'none' });
    });

    it('wants a request that comes soon again carried out, as often as it comes', async () => {
      const mark = some();
      expect(await carryOut(mark, 3)).toBe(true);
      for (let times = 0; times < 3; times += 1) {
        expect(await requests.recall(mark)).toEqual({ kind: 'unsettled', invalidated: 3, settles: false });
        expect(await carryOut(mark, 0)).toBe(false);
      }
    });

    it('wants it once more when every change it can be about has been made, and then no more', async () => {
      const mark = some();
      await carryOut(mark, 3);
      await subject.age(SETTLES_AFTER_MS);
      expect(await requests.recall(mark)).toEqual({ kind: 'unsettled', invalidated: 3, settles: true });
      expect(await carryOut(mark, 1)).toBe(false);
      expect(await requests.recall(mark)).toEqual({ kind: 'settled', invalidated: 3 });
    });

    it('does not settle by what had begun too early, however late it ended', async () => {
      const mark = some();
      await carryOut(mark, 3);
      const early = await requests.recall(mark);
      if (early.kind === 'settled') throw new Error('it was settled by one');
      await subject.age(SETTLES_AFTER_MS);
      expect(await requests.note(mark, 1, early)).toBe(false);
      expect(await requests.recall(mark)).toMatchObject({ kind: 'unsettled' });
    });

    it('lets one of many be the first', async () => {
      const mark = some();
      const noted = Array.from({ length: 10 }, () => requests.note(mark, 1, { kind: 'none' }));
      expect((await Promise.all(noted)).filter(Boolean)).toHaveLength(1);
    });

    it('tells tenants, customers and requests apart', async () => {
      const mark = some();
      await carryOut(mark, 1);
      const { customer, hash } = mark;
      for (const other of [
        { customer, hash: randomUUID() },
        { customer: { ...customer, hash: randomUUID() }, hash },
        { customer: { ...customer, tenant: '10002' }, hash },
      ])
        expect(await requests.recall(other)).toEqual({ kind: 'none' });
    });

    it('remembers a settled request as long as its signature is good, and no longer', async () => {
      const mark = some();
      await carryOut(mark, 1);
      await subject.age(SETTLES_AFTER_MS);
      await carryOut(mark, 1);
      await subject.age(SIGNED_REMEMBERED_MS - SETTLES_AFTER_MS - MARGIN_MS);
      expect(await requests.recall(mark)).toMatchObject({ kind: 'settled' });
      await subject.age(MARGIN_MS);
      expect(await requests.recall(mark)).toEqual({ kind: 'none' });
    });
  });
}
