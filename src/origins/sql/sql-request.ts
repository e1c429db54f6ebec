import type { Credentials } from '../auth/auth-strategy.js';
import type { Interpret } from '../http/http-request.js';

/** A read of a database. */
export interface SqlRequest {
  readonly kind: 'sql';
  /**
   * The texts around the values: one more than values. The driver writes the parameters of its
   * database between them. The same list for every request of a lookup.
   */
  readonly texts: readonly string[];
  /** The bound parameters, in order. `null` is NULL. */
  readonly values: readonly (string | null)[];
  /** Reads the rows as a JSON list. `undefined` means that the list is the answer. */
  readonly interpret?: Interpret;
  /** Called when each attempt begins: it has credentials and is admitted. Must not throw. */
  readonly onBegin?: (credentials: Credentials) => void;
}
