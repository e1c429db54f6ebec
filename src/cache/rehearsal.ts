import { randomBytes } from 'node:crypto';
import { REHEARSAL } from '../contracts/caller.js';
import type { Dip, DipLookup, LoadedAnswer } from '../contracts/dip.js';
import type { Clock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import type { EntryStore } from './entry-store.js';
import type { ReadPath } from './read-path.js';

const TENANT = [...REHEARSAL.tenants].join();
const ROUNDS = 30;
const CALLERS = 20;
/** Longer than a round may take: what it leaves behind, if it is broken off, is gone soon. */
const LIFE_MS = 1000;

const LOOKUP: DipLookup = {
  name: 'rehearsal',
  fields: new Map(),
  cache: { ttlMs: LIFE_MS, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 },
  priority: 'background',
  format: 'rehearsal',
  readable: (text) => text.startsWith('{'),
  defaults: '{"contactFound":false}',
};
const ANSWER: LoadedAnswer = { found: true, text: '{"contactFound":true}', customer: undefined };

/**
 * Sends small herds down the read path, for keys of nobody and with an origin that is none, so that the first real one does not wait for
 * code to be compiled. Leaves nothing behind.
 */
export async function rehearseReadPath(readPath: ReadPath, store: EntryStore, clock: Clock): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const entryKey = `cust:${LOOKUP.name}:${TENANT}:${randomBytes(32).toString('hex')}`;
    const load = async (): Promise<LoadedAnswer> => {
      await Promise.resolve();
      return ANSWER;
    };
    await Promise.all(Array.from({ length: CALLERS }, async () => readPath.answer(dip(entryKey, clock), load)));
    await store.drop(entryKey);
  }
}

function dip(entryKey: string, clock: Clock): Dip {
  const identifier = { input: 'nobody', hashed: '', atOrigin: '' };
  const deadline = new Deadline(clock, clock.nowMs() + LIFE_MS);
  return { lookup: LOOKUP, tenant: TENANT, subject: { identifier, entryKey }, deadline, whenDegraded: 'answer' };
}
