import type { CachePolicy, FieldConfig, Priority } from '../config/sections/lookups/lookup-config.js';
import type { Deadline } from '../kernel/deadline.js';
import type { DegradedReason } from '../kernel/errors.js';
import type { CustomerRef } from './customer.js';

/**
 * The part of a lookup that every folder may use. Only the profile module knows the origin call.
 */
export interface DipLookup {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldConfig>;
  readonly cache: CachePolicy;
  readonly priority: Priority;
  /** Names the shape of stored values: see `answer-format.ts`. */
  readonly format: string;
  /** `false` for stored text that is not a whole answer of this lookup. */
  readonly readable: (text: AnswerText) => boolean;
  /**
   * The answer of this lookup from a stored answer of another format. Fields that the text lacks
   * take their defaults. `undefined` means that the text is no answer of another format.
   */
  readonly converted: (text: AnswerText) => AnswerText | undefined;
  /** The answer about an unknown customer. */
  readonly defaults: AnswerText;
}

export interface InputValue {
  readonly input: string;
  /** The text that the origin gets. */
  readonly atOrigin: string;
}

/** The normalized input that identifies an entry. */
export interface Identifier extends InputValue {
  /** The text that is hashed into the entry key. */
  readonly hashed: string;
  /** The inputs that identify the entry together with `input`. `undefined` means none. */
  readonly others?: readonly InputValue[];
}

/** A data dip: a caller's validated request for a lookup. */
export interface Dip {
  readonly lookup: DipLookup;
  readonly tenant: string;
  /** `undefined` means that the caller gave no usable key input. */
  readonly subject: { readonly identifier: Identifier; readonly entryKey: string } | undefined;
  /**
   * `true`: there is no subject, because the caller hides the phone number. `undefined` means
   * `false`.
   */
  readonly isWithheld?: boolean;
  readonly deadline: Deadline;
  /**
   * `unavailable`: a degraded answer has status 503, because callers of the route can ask
   * elsewhere.
   */
  readonly whenDegraded: 'answer' | 'unavailable';
}

/** The part of a requested dip that logs and limits need, also of a composed dip. */
export interface RequestedEntry extends Pick<Dip, 'tenant' | 'subject'> {
  readonly lookup: { readonly name: string };
}

/**
 * The declared part of an answer as JSON text: `{"contactFound":…, …declared fields}`. Datadip
 * stores, copies and sends this text, so that a hit neither parses nor builds objects.
 */
export type AnswerText = string;

/** An origin's record of a customer, projected to the declared fields. */
export interface LoadedAnswer {
  readonly found: boolean;
  readonly text: AnswerText;
  /**
   * The customer that an invalidation event must name. `undefined` means that the lookup or the
   * record names none.
   */
  readonly customer: CustomerRef | undefined;
  /**
   * `true` means that the answer must not be stored. The lookup declares the id of the customer,
   * and the record has no id, so no event could invalidate the entry. `undefined` means `false`.
   */
  readonly answerOnly?: boolean;
}

/**
 * Loads the answer of a dip from its origin, after a miss. Every caller who waits for the same
 * entry shares the load.
 */
export interface LookupLoader<D extends Dip = Dip> {
  /**
   * @param priority the priority for admission; a refresh after an answer is `background`
   * @throws {OriginFailure}
   */
  load(dip: D, priority: Priority): Promise<LoadedAnswer>;
}

export type DipSource = 'cache' | 'origin' | 'stale' | 'degraded' | 'none';

/** The `error` of an answer that has defaults only. */
export type DipReason = DegradedReason | KeylessReason;

/** Why a request names no entry. `withheld`: the caller hides the phone number. */
type KeylessReason = 'no_lookup_key' | 'withheld';

/** The outcome of a dip. */
export type DipOutcome =
  | { readonly source: 'cache' | 'origin' | 'stale'; readonly text: AnswerText }
  | { readonly source: 'degraded'; readonly reason: DegradedReason }
  | { readonly source: 'none'; readonly reason: KeylessReason };
