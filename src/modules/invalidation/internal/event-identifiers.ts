import type { EntryIdentifier } from '../../../cache/identified-entries.js';
import { HttpProblem } from '../../../kernel/errors.js';

/**
 * Reads `{ "ani": ["+1555…"], "email": "…" }`: values per key input, as a list or alone. Null
 * counts as absent. An input that no lookup has is allowed: no entry is stored under it.
 *
 * @throws {HttpProblem} 400 for another form
 */
export function eventIdentifiers(identifiers: unknown): readonly EntryIdentifier[] {
  if (identifiers === undefined || identifiers === null) return [];
  if (typeof identifiers !== 'object' || Array.isArray(identifiers)) throw malformed();
  return Object.entries(identifiers).flatMap(([input, values]: [string, unknown]) =>
    [values].flat().flatMap((value) => {
      const text = textOf(value);
      return text === undefined ? [] : [{ input, value: text }];
    }),
  );
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw malformed();
  return value;
}

function malformed(): HttpProblem {
  return new HttpProblem('invalid_event', 400, '`identifiers` must hold texts or lists of texts, per key input');
}
