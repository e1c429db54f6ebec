import { randomBytes } from 'node:crypto';
import type { Dip, Identifier } from '../../../contracts/dip.js';
import type { Clock } from '../../../kernel/clock.js';
import { ValueCipher } from '../../../kernel/value-cipher.js';

/** Two of these are looked at: the last day, whenever it began, and up to one more. */
const GENERATION_MS = 86_400_000;

/** How to ask for an entry again. */
export interface PopularEntry {
  readonly tenant: string;
  readonly entryKey: string;
  readonly identifier: Identifier;
}

interface Asked {
  count: number;
  /** The identifier, under a key that only this process has and nobody can read from it at rest. */
  readonly sealed: string;
  readonly tenant: string;
}

type Generation = Map<string, Asked>;

/**
 * Which entries of a lookup are asked for most.
 *
 * Promised: no more than `capacity` entries a generation; identifiers are held encrypted.
 * Not promised: exact counts. When it is full all counts are halved and who falls to nothing goes, so that newcomers have a chance; who is
 * asked for often stays.
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
    this.turnOver();
    const known = this.current.get(subject.entryKey);
    if (known !== undefined) known.count++;
    else this.meet(tenant, subject.entryKey, subject.identifier);
  }

  /** The most asked first. */
  top(most: number): PopularEntry[] {
    this.turnOver();
    const counts = new Map([...this.previous].map(([key, { count }]) => [key, count]));
    for (const [key, { count }] of this.current) counts.set(key, count + (counts.get(key) ?? 0));
    const sorted = [...counts].sort(([, one], [, other]) => other - one).slice(0, most);
    return sorted.flatMap(([entryKey]) => this.opened(entryKey));
  }

  private meet(tenant: string, entryKey: string, identifier: Identifier): void {
    if (this.current.size >= this.capacity) this.halve();
    if (this.current.size >= this.capacity) return;
    const sealed = this.cipher.seal(entryKey, JSON.stringify(identifier));
    this.current.set(entryKey, { count: 1, sealed, tenant });
  }

  private halve(): void {
    for (const [key, asked] of this.current) {
      asked.count = Math.floor(asked.count / 2);
      if (asked.count === 0) this.current.delete(key);
    }
  }

  private opened(entryKey: string): PopularEntry[] {
    const asked = this.current.get(entryKey) ?? this.previous.get(entryKey);
    const text = asked && this.cipher.open(entryKey, asked.sealed);
    if (asked === undefined || text === undefined) return [];
    return [{ tenant: asked.tenant, entryKey, identifier: JSON.parse(text) as Identifier }];
  }

  private turnOver(): void {
    const agedMs = this.clock.nowMs() - this.beganAtMs;
    if (agedMs < GENERATION_MS) return;
    this.previous = agedMs < 2 * GENERATION_MS ? this.current : new Map<string, Asked>();
    this.current = new Map();
    this.beganAtMs = this.clock.nowMs();
  }
}
