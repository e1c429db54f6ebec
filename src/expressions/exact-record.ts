/** Values with numbers beyond 2^53. Runs in worker threads too. */

/**
 * A record, or an answer, with numbers beyond 2^53. Such a number is in `exact` as text, and in
 * `rounded` as a double. Records without such numbers are plain values.
 */
export class ExactRecord {
  readonly exact: unknown;
  readonly rounded: unknown;

  constructor(exact: unknown, rounded: unknown) {
    this.exact = exact;
    this.rounded = rounded;
  }

  /** A plain value if both readings are the same. */
  static of(exact: unknown, rounded: unknown): unknown {
    return exact === rounded ? exact : new ExactRecord(exact, rounded);
  }

  /** The part of `exact` at the place of an object of `rounded`. */
  exactAt(part: unknown): unknown {
    return find(part, this.rounded, this.exact);
  }

  /** The part of `rounded` at the place of an object of `exact`. */
  roundedAt(part: unknown): unknown {
    return find(part, this.exact, this.rounded);
  }
}

/** The value with all numbers as doubles. */
export function roundedPart(value: unknown): unknown {
  return value instanceof ExactRecord ? value.rounded : value;
}

/**
 * The part of `other` at the place that `part` has in `value`. `undefined` if `value` does not hold
 * this object: an equal object does not count.
 */
function find(part: unknown, value: unknown, other: unknown): unknown {
  if (typeof value !== 'object' || value === null || typeof other !== 'object' || other === null) return undefined;
  if (part === value) return other;
  for (const [name, member] of Object.entries(value)) {
    const found = find(part, member, (other as Record<string, unknown>)[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
