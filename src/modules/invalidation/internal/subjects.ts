import { HttpProblem } from '../../../kernel/errors.js';
import type { Invalidation } from '../invalidation.service.js';

/** The most customers and identifiers that the events of one request may name together. */
const MAX_SUBJECTS = 1000;

/** @throws {HttpProblem} 400 if the events of one request name too many subjects */
export function requireFewSubjects(invalidations: readonly Invalidation[]): void {
  const subjects = invalidations.reduce(
    (sum, { relatedCustomerIds, identifiers }) => sum + 1 + relatedCustomerIds.length + identifiers.length,
    0,
  );
  if (subjects <= MAX_SUBJECTS) return;
  const message = `the request names ${subjects} customers and identifiers; allowed: 1 to ${MAX_SUBJECTS}; send several requests`;
  throw new HttpProblem('invalid_event', 400, message);
}
