/**
 * A record, or an answer, with numbers beyond 2^53. Such a number stands in `exact` as text, and in
 * `rounded` as a double. Records without such numbers are plain values.
 */
export class ExactRecord {
  constructor(
    readonly exact: unknown,
    readonly rounded: unknown,
  ) {}

  /**
   * The part of `exact` at the same place as `part` of `rounded`. `undefined` if `part` is no
   * object of `rounded`.
   */
  counterpart(part: unknown): unknown {
    return find(part, this.rounded, this.exact);
  }
}

export function exactPart(record: unknown): unknown {
  return record instanceof ExactRecord ? record.exact : record;
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
