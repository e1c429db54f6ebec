import type { CachePolicy, FieldConfig, Priority } from '../config/config.js';
import type { Deadline } from '../kernel/deadline.js';
import type { DegradedReason } from '../kernel/errors.js';
import type { CustomerRef } from './customer.js';

/** What every part of the house must know of a lookup; how it is asked at its origin is the profile module's own business. */
export interface DipLookup {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldConfig>;
  readonly cache: CachePolicy;
  readonly priority: Priority;
  /** Names the shape of stored values: an entry of another format is not ours to serve. */
  readonly format: string;
  /** False for stored text that is not a whole answer of this lookup. */
  readonly readable: (text: AnswerText) => boolean;
  /** The answer when nothing is known. */
  readonly defaults: AnswerText;
}

/** What identifies an entry: one input, normalised. */
export interface Identifier {
  readonly input: string;
  /** As it is hashed into the key. */
  readonly hashed: string;
  /** As the origin is asked for it. */
  readonly atOrigin: string;
}

/** One question of one caller, checked and ready to be answered. */
export interface Dip {
  readonly lookup: DipLookup;
  readonly tenant: string;
  /** Absent: no usable key input was given. */
  readonly subject: { readonly identifier: Identifier; readonly entryKey: string } | undefined;
  readonly deadline: Deadline;
  /** `unavailable`: a degraded answer is sent as 503, because this route's callers have another place to ask. */
  readonly whenDegraded: 'answer' | 'unavailable';
}

/**
 * The declared part of an answer as JSON text: `{"contactFound":…, …declared fields}`. It is kept, copied and sent as text, so a hit
 * is neither parsed into objects nor built again.
 */
export type AnswerText = string;

/** What an origin said about one caller, projected to the declared fields. */
export interface LoadedAnswer {
  readonly found: boolean;
  readonly text: AnswerText;
  /** Whom it is about, so that an event can make it forgotten; absent where the lookup or the record does not say. */
  readonly customer: CustomerRef | undefined;
}

/** Loads the answer of a dip from its origin: what a miss costs. One load serves every caller who waits for the same entry. */
export interface LookupLoader<D extends Dip = Dip> {
  /**
   * @param priority under which admission is asked; a refresh behind an answer is `background`, whatever the lookup declares
   * @throws {OriginFailure}
   */
  load(dip: D, priority: Priority): Promise<LoadedAnswer>;
}

export type DipSource = 'cache' | 'origin' | 'stale' | 'degraded' | 'none';

/** How a dip ended. */
export type DipOutcome =
  | { readonly source: 'cache' | 'origin' | 'stale'; readonly text: AnswerText }
  | { readonly source: 'degraded'; readonly reason: DegradedReason }
  | { readonly source: 'none' };
