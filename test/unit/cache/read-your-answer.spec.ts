import { beforeEach, describe, expect, it } from '@jest/globals';
import { EntryWriter } from '../../../src/cache/internal/entry-writer.js';
import type { AnswerToWrite, Lease } from '../../../src/cache/internal/entry-store.js';
import { MemoryCustomerIndex } from '../../../src/cache/internal/memory-customer-index.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { LookupCache } from '../../../src/cache/lookup-cache.js';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import type { Dip, DipOutcome } from '../../../src/contracts/dip.js';
import { Deadline } from '../../../src/kernel/deadline.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';
import { entryReader } from '../../support/entry-reader.js';
import { hearingAlone } from '../../support/hearing.js';

const TEXT = '{"contactFound":true}';
const DEADLINE_MS = 2500;

/** Stores no value before its gate opens. */
class SlowToWriteStore extends MemoryEntryStore {
  readonly writing = new Gate();
  readonly gate = new Gate();

  override async write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    this.writing.open();
    await this.gate.wait();
    return super.write(lease, answer);
  }
}

let clock: ManualClock;
let store: SlowToWriteStore;
let lookupCache: LookupCache;

beforeEach(() => {
  clock = new ManualClock();
  const bus = new TestEventBus();
  const hearing = hearingAlone(clock);
  store = new SlowToWriteStore(clock, 10, bus, hearing);
  const index = new MemoryCustomerIndex(clock, 10, () => undefined);
  const near = new NearCache(clock, { maxEntries: 10, maxBytes: 10_000 }, bus, hearing);
  const [reader, writer] = [
    entryReader(store),
    new EntryWriter(store, index, near, clock, hearing, { report: () => undefined }),
  ];
  lookupCache = new LookupCache(
    near,
    reader,
    writer,
    new StampedeGuard(store, bus, reader, writer, clock, hearing, { deadlineMs: DEADLINE_MS }),
    clock,
  );
});

const dip = (withinMs = DEADLINE_MS): Dip => ({
  lookup: {
    name: 'customer',
    fields: new Map(),
    cache: { ttlMs: 60_000, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0, invalidatedWithinMs: 10_000 },
    priority: 'ivr',
    format: '1',
    readable: () => true,
    converted: (text) => text,
    defaults: '{"contactFound":false}',
  },
  tenant: '10001',
  subject: {
    identifier: { input: 'ani', hashed: '15550017', atOrigin: '+15550017' },
    entryKey: 'cust:customer:10001:a4f8',
  },
  deadline: new Deadline(clock, clock.nowMs() + withinMs),
  whenDegraded: 'answer',
});
const ask = async (withinMs?: number): Promise<DipOutcome> =>
  lookupCache.answer(dip(withinMs), { load: () => Promise.resolve({ found: true, text: TEXT, customer: undefined }) });

describe('LookupCache after a load', () => {
  it('answers after the entry is stored, so that a repeated request is a hit', async () => {
    const seen: string[] = [];
    const first = ask().then(({ source }) => seen.push(source));
    const joined = ask().then(({ source }) => seen.push(source));
    await store.writing.wait();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);

    store.gate.open();
    await Promise.all([first, joined]);
    expect(seen).toEqual(['origin', 'origin']);
    expect(await ask()).toEqual({ source: 'cache', text: TEXT });
  });

  it('answers without a stored entry if storing takes too long', async () => {
    expect(await ask()).toEqual({ source: 'origin', text: TEXT });
    store.gate.open();
  });

  it('answers from the origin if the deadline comes before the entry is stored', async () => {
    const answer = ask(10);
    await store.writing.wait();
    clock.advance(10);
    expect(await answer).toEqual({ source: 'origin', text: TEXT });
    store.gate.open();
  });
});
