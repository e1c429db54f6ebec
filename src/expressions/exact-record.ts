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

  /**
   * The part of `exact` at the same place as `part` of `rounded`. `undefined` if `part` is no
   * object of `rounded`.
   */
  counterpart(part: unknown): unknown {
    return find(part, this.rounded, this.exact);
  }
}

/** The value with all numbers as doubles. */
export function roundedPart(value: unknown): unknown {
  return value instanceof ExactRecord ? value.rounded : value;
}

/** Looks for the object itself, not for an equal one. */
function find(part: unknown, rounded: unknown, exact: unknown): unknown {
  if (typeof rounded !== 'object' || rounded === null || typeof exact !== 'object' || exact === null) return undefined;
  if (part === rounded) return exact;
  for (const [name, member] of Object.entries(rounded)) {
    const found = find(part, member, (exact as Record<string, unknown>)[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
