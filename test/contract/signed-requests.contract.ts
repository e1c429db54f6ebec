import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  AMBIGUOUS_FOR_MS,
  SIGNED_REQUEST_TTL_MS,
  type SignedRequestId,
  type SignedRequests,
} from '../../src/modules/invalidation/signed-requests.js';

/** The implementation under test, with the means to age its requests. */
export interface SignedRequestsUnderTest {
  readonly requests: SignedRequests;
  /** Makes every stored request older. */
  readonly age: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Far less than the measured times, and longer than a test takes. */
const MARGIN_MS = 2000;

/** The contract of every implementation of `SignedRequests`. */
export function signedRequestsContract(name: string, open: () => Promise<SignedRequestsUnderTest>): void {
  describe(`SignedRequests in ${name}`, () => {
    let subject: SignedRequestsUnderTest;
    let requests: SignedRequests;
    beforeAll(async () => {
      subject = await open();
      ({ requests } = subject);
    });
    afterAll(() => subject.close());

    const newId = (): SignedRequestId => ({ customer: { tenant: '10001', hash: randomUUID() }, hash: randomUUID() });
    /** Processes a request as the service does: `find` runs before the processing begins. */
    const process = async (id: SignedRequestId, invalidated: number): Promise<boolean> => {
      const earlier = await requests.find(id);
      return earlier.kind !== 'processed' && requests.record(id, invalidated, earlier);
    };

    it('finds no earlier request if none was recorded', async () => {
      expect(await requests.find(newId())).toEqual({ kind: 'none' });
    });

    it('reports every early repetition as ambiguous', async () => {
      const id = newId();
      expect(await process(id, 3)).toBe(true);
      for (let times = 0; times < 3; times += 1) {
        expect(await requests.find(id)).toEqual({ kind: 'ambiguous', invalidated: 3, isLast: false });
        expect(await process(id, 0)).toBe(false);
      }
    });

    it('reports one late repetition as the last ambiguous one, and later repetitions as processed', async () => {
      const id = newId();
      await process(id, 3);
      await subject.age(AMBIGUOUS_FOR_MS);
      expect(await requests.find(id)).toEqual({ kind: 'ambiguous', invalidated: 3, isLast: true });
      expect(await process(id, 1)).toBe(false);
      expect(await requests.find(id)).toEqual({ kind: 'processed', invalidated: 3 });
    });

    it('keeps a request ambiguous if the processing began early, however late it ended', async () => {
      const id = newId();
      await process(id, 3);
      const early = await requests.find(id);
      if (early.kind === 'processed') throw new Error('one processing made the request processed');
      await subject.age(AMBIGUOUS_FOR_MS);
      expect(await requests.record(id, 1, early)).toBe(false);
      expect(await requests.find(id)).toMatchObject({ kind: 'ambiguous' });
    });

    it('returns true to exactly one of many concurrent records', async () => {
      const id = newId();
      const records = Array.from({ length: 10 }, () => requests.record(id, 1, { kind: 'none' }));
      expect((await Promise.all(records)).filter(Boolean)).toHaveLength(1);
    });

    it('distinguishes tenants, customers and requests', async () => {
      const id = newId();
      await process(id, 1);
      const { customer, hash } = id;
      for (const other of [
        { customer, hash: randomUUID() },
        { customer: { ...customer, hash: randomUUID() }, hash },
        { customer: { ...customer, tenant: '10002' }, hash },
      ])
        expect(await requests.find(other)).toEqual({ kind: 'none' });
    });

    it('stores a processed request exactly as long as its signature is valid', async () => {
      const id = newId();
      await process(id, 1);
      await subject.age(AMBIGUOUS_FOR_MS);
      await process(id, 1);
      await subject.age(SIGNED_REQUEST_TTL_MS - AMBIGUOUS_FOR_MS - MARGIN_MS);
      expect(await requests.find(id)).toMatchObject({ kind: 'processed' });
      await subject.age(MARGIN_MS);
      expect(await requests.find(id)).toEqual({ kind: 'none' });
    });
  });
}
