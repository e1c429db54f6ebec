import { Refusal } from '../../../kernel/errors.js';

/**
 * Ids are parts of keys, and of paths at a platform, where dots alone would lead elsewhere. Neither platform has others: one has UUIDs,
 * the other numbers.
 */
export const ID = /^(?!\.+$)[A-Za-z0-9._-]{1,64}$/;

/** @throws {Refusal} 400 for what can be nobody's id */
export function mustBeId(given: string): string {
  if (!ID.test(given))
    throw new Refusal(
      'bad_request',
      400,
      'an id is 1 to 64 letters, digits, dots, dashes and underscores, not dots alone',
    );
  return given;
}
