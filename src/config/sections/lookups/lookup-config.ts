import type { BodyMap } from './body-value.js';
import type { Country } from '../../phone/country.js';
import type { RequestLimitsConfig } from '../request-limits.js';

/** `ReadonlyMap<string, LookupConfig>`: the declared lookups, by name. */
export const LOOKUPS = Symbol('lookups');

/** A data dip that callers may request. */
export interface LookupConfig {
  readonly name: string;
  /** Shown in the OpenAPI document and in Data Actions. Default: empty. */
  readonly description: string;
  /**
   * 1 to 8 alternatives, in order: the first whose inputs are present and usable identifies the
   * entry.
   */
  readonly key: readonly KeyEntry[];
  readonly origin: OriginConfig;
  /**
   * JSONata over the record: the customer id that invalidation events name. A record without this
   * id is answered and not stored. `undefined`, the default, means that events invalidate an entry
   * only by identifiers, or by a key input `customerId`.
   */
  readonly customerId: string | undefined;
  /** 1 to 64 fields, by name. Datadip stores and returns only these. */
  readonly fields: ReadonlyMap<string, FieldConfig>;
  readonly cache: CachePolicy;
  /**
   * Which lookups Datadip sheds first under load: background, then desktop, then ivr. Default ivr.
   */
  readonly priority: Priority;
  /**
   * When Datadip loads the most requested entries before a peak. At most 8 times. An empty list,
   * the default, means never.
   */
  readonly prewarm: readonly PrewarmConfig[];
  readonly limits: LookupLimits;
  /**
   * The values that `origin`, `customerId` and `fields` took from the environment. Each counts as a
   * secret: no trial shows them.
   */
  readonly secrets: readonly string[];
}

/** The limits of the requests to one lookup, and of its calls to its system. */
interface LookupLimits extends RequestLimitsConfig {
  /**
   * Caps one lookup's concurrent calls to its system, per process (a bulkhead), so that it cannot
   * starve other lookups. 1 to the `maxConcurrent` of the system. `undefined`, the default, means
   * no cap.
   */
  readonly maxCalls: number | undefined;
}

export interface PrewarmConfig {
  /** The moments to begin, in the time zone of the process: some minutes before a peak. */
  readonly cron: string;
  /** How many of the most requested entries of the last day to load, 1 to 5,000. Default 500. */
  readonly top: number;
}

export type KeyKind = 'phone' | 'email' | 'id';

/** An input, or several inputs that identify an entry only together. */
export type KeyEntry = KeyInput | JointKey;

interface JointKey {
  /** 2 to 8 inputs. The request must give all of them, and the origin gets all of them. */
  readonly all: readonly KeyInput[];
}

export interface KeyInput {
  readonly input: string;
  readonly kind: KeyKind;
  /**
   * The country of phone numbers without a country code, as two capital letters. `undefined`, the
   * default, means `country` of the file; without both, the digits of such a number are used
   * unchanged.
   */
  readonly country?: Country | undefined;
}

/** A read of a system of record, over HTTP or, with `sql`, of a database. */
export type OriginConfig = HttpOriginConfig | SqlOriginConfig;

interface AnyOriginConfig {
  /** The name of a declared system. */
  readonly system: string;
  /**
   * JSONata over the answer. If the expression finds nothing, the customer is not found. If the
   * expression finds several records, the answer is a failure. `undefined`, the default, means that
   * the whole answer is the record. The answer of a database is the list of its rows.
   */
  readonly record: string | undefined;
}

interface SqlOriginConfig extends AnyOriginConfig {
  /**
   * A SELECT or a WITH, for a system of type `postgres` or `mysql`, which requires it. Each
   * `{input}` becomes a bound parameter, and never a part of the text. An absent input is NULL.
   */
  readonly sql: string;
  readonly failWhen: undefined;
  readonly notFoundWhen: undefined;
  readonly follow: undefined;
}

/**
 * The body of a call. The file declares it with the keys `body`, `form` and `xml`.
 *
 * - `json`: an object. A member whose input is absent is left out, and an item of a list is left
 *   out as a whole.
 * - `form`: the same members as `application/x-www-form-urlencoded`. These members are not nested.
 * - `xml`: a text, sent as `text/xml; charset=utf-8` unless `headers` has a `Content-Type`.
 */
export type OriginBody =
  { readonly kind: 'json' | 'form'; readonly value: BodyMap } | { readonly kind: 'xml'; readonly text: string };

export interface HttpOriginConfig extends AnyOriginConfig {
  readonly sql?: undefined;
  /** Default GET. POST needs `readOnly: true` in the file, because Datadip sends only reads. */
  readonly method: 'GET' | 'POST';
  /** May hold `{input}` as a segment or as a part of a segment. Required without `sql`. */
  readonly path: string;
  /**
   * Values may hold `{input}`. A pair whose input is absent is left out. A list of 1 to 8 values
   * makes one pair per value.
   */
  readonly query: ReadonlyMap<string, string | readonly string[]>;
  /** The texts may hold `{input}`. Only with POST. `undefined` means no body. */
  readonly body: OriginBody | undefined;
  /** Constant headers of the call, next to those of the system. At most 20. Default: none. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * JSONata over `{ status, headers, body }`: whether the answer is a failure. The text
   * `rate_limited` means that the origin asks for fewer calls, as 429 does. `undefined`, the
   * default, means that a success is a failure if its JSON reports an error.
   */
  readonly failWhen: string | undefined;
  /**
   * JSONata over `{ status, headers, body }`: whether the origin has no such customer. `undefined`,
   * the default, means 404 and 410 with a JSON body, and 410 without a body. 204 and an empty 200
   * always mean the same.
   */
  readonly notFoundWhen: string | undefined;
  /** `undefined`, the default, means that Datadip follows no record. */
  readonly follow: FollowConfig | undefined;
}

/**
 * Where a record names another record that replaces it, such as the contact it was merged into.
 * Datadip then reads and returns the other record.
 */
interface FollowConfig {
  /**
   * JSONata over the record: the id of the other record. If the expression finds nothing, the first
   * record counts.
   */
  readonly id: string;
  /** A path of the same system. `{id}` is the id of the other record, also with filters. */
  readonly path: string;
}

export type FieldValue = string | number | boolean;

export interface FieldConfig {
  readonly type: 'string' | 'boolean' | 'integer' | 'number';
  /** JSONata over the record. Default: the record's field of the same name. */
  readonly from: string;
  /** The value if `from` finds no value. Default: empty text, `false` or 0. */
  readonly default: FieldValue;
  /** Shown to the author of a flow. `undefined` means that no description is shown. */
  readonly description?: string;
}

/**
 * How the entries of one lookup age. `ttlMs`, `staleMs` and `notFoundTtlMs` count from the moment
 * when the value was stored. `nearTtlMs` counts from the moment when a process copied the value.
 */
export interface CachePolicy {
  /**
   * Up to this age an entry is fresh. In milliseconds, 1 to 2,592,000,000 (30 days).
   * Default 300,000 (5 min).
   */
  readonly ttlMs: number;
  /**
   * For this long after `ttlMs` a stale entry is still returned, while one caller refreshes it. In
   * milliseconds, at least 0. 0 means never. Default 3,600,000 (1 h).
   */
  readonly staleMs: number;
  /**
   * How long "not found" is stored. In milliseconds, at least 0. 0 means not at all.
   * Default 60,000 (1 min).
   */
  readonly notFoundTtlMs: number;
  /**
   * How long a copy in the near cache may answer. In milliseconds, 0 to 60,000. 0 means no copy.
   * Default 1,000. A copy never answers after the value has stopped being fresh. In a Redis
   * Cluster, a copy answers for at most 1.5 s, however large this value is. If messages between
   * processes are lost, a copy answers for at most 2 s after an invalidation.
   */
  readonly nearTtlMs: number;
  /**
   * With several regions: the longest time after an invalidation in another region for which a read
   * may still get the invalidated value. In milliseconds, three heartbeats to 3,600,000 (1 h). A
   * shorter time costs more loads while the region is cut off from the others. Default:
   * `regions.invalidatedWithinMs`.
   */
  readonly invalidatedWithinMs: number;
}

export type Priority = 'ivr' | 'desktop' | 'background';
