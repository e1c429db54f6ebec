import { randomBytes } from 'node:crypto';
import type { Dip, Identifier } from '../../../contracts/dip.js';
import type { Clock } from '../../../kernel/clock.js';
import { ValueCipher } from '../../../kernel/value-cipher.js';

/** Length of a generation. The counts of the current and the previous generation decide. */
const GENERATION_MS = 86_400_000;

/** The data that a later load of the entry needs. */
export interface PopularEntry {
  readonly tenant: string;
  readonly entryKey: string;
  readonly identifier: Identifier;
}

interface EntryCount {
  count: number;
  /** The identifier, encrypted with a random key that exists only in this process. */
  readonly sealed: string;
  readonly tenant: string;
}

type Generation = Map<string, EntryCount>;

/**
 * Counts which entries of a lookup are requested most.
 *
 * Guarantees: at most `capacity` entries per generation. Identifiers are encrypted in memory.
 *
 * Does not guarantee: exact counts. At full capacity all counts are halved and entries with a count
 * of 0 are deleted. So new entries find room, and frequently requested entries stay.
 */
export class PopularEntries {
  private readonly cipher = new ValueCipher([{ id: 'process', secret: randomBytes(32).toString('base64') }]);
  private current: Generation = new Map();
  private previous: Generation = new Map();
  private beganAtMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly capacity: number,
  ) {
    this.beganAtMs = clock.nowMs();
  }

  get size(): number {
    return this.current.size + this.previous.size;
  }

  count({ tenant, subject }: Dip): void {
    if (subject === undefined) return;
    this.rotate();
    const entry = this.current.get(subject.entryKey);
    if (entry !== undefined) entry.count++;
    else this.add(tenant, subject.entryKey, subject.identifier);
  }

  /** The most requested entries, most requested first. */
  top(limit: number): PopularEntry[] {
    this.rotate();
    const counts = new Map([...this.previous].map(([key, { count }]) => [key, count]));
    for (const [key, { count }] of this.current) counts.set(key, count + (counts.get(key) ?? 0));
    const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, limit);
    return sorted.flatMap(([entryKey]) => this.opened(entryKey));
  }

  private add(tenant: string, entryKey: string, identifier: Identifier): void {
    if (this.current.size >= this.capacity) this.halve();
    if (this.current.size >= this.capacity) return;
    const sealed = this.cipher.seal(entryKey, JSON.stringify(identifier));
    this.current.set(entryKey, { count: 1, sealed, tenant });
  }

  private halve(): void {
    for (const [key, entry] of this.current) {
      entry.count = Math.floor(entry.count / 2);
      if (entry.count === 0) this.current.delete(key);
    }
  }

  private opened(entryKey: string): PopularEntry[] {
    const entry = this.current.get(entryKey) ?? this.previous.get(entryKey);
    const text = entry && this.cipher.open(entryKey, entry.sealed);
    if (entry === undefined || text === undefined) return [];
    return [{ tenant: entry.tenant, entryKey, identifier: JSON.parse(text) as Identifier }];
  }

  private rotate(): void {
    const agedMs = this.clock.nowMs() - this.beganAtMs;
    if (agedMs < GENERATION_MS) return;
    this.previous = agedMs < 2 * GENERATION_MS ? this.current : new Map<string, EntryCount>();
    this.current = new Map();
    this.beganAtMs = this.clock.nowMs();
  }
}
