import { HttpProblem } from '../kernel/errors.js';

/**
 * Ids are parts of keys, and of paths, where dots alone would lead elsewhere. Neither platform has others: one has UUIDs, the other
 * numbers.
 */
export const ID = /^(?!\.+$)[A-Za-z0-9._-]{1,64}$/;
/** Where such an agent could be read is the route that claims one. */
export const AGENT_ID = /^(?!available$|\.+$)[A-Za-z0-9._-]{1,64}$/;

/** @throws {HttpProblem} 400 for what can be no queue's id */
export function mustBeId(given: string): string {
  if (!ID.test(given)) throw notAnId();
  return given;
}

/** @throws {HttpProblem} 400 for what can be no agent's id */
export function mustBeAgentId(given: string): string {
  if (!AGENT_ID.test(given)) throw notAnId();
  return given;
}

function notAnId(): HttpProblem {
  const allowed = '1 to 64 letters, digits, dots, dashes and underscores';
  return new HttpProblem('bad_request', 400, `an id is ${allowed}, not dots alone, and of an agent not "available"`);
}
