import { HttpProblem } from '../kernel/errors.js';
import { PATH_SEGMENT } from '../kernel/path-segment.js';

/** Genesys Cloud uses UUIDs and CXone uses numbers, so the pattern excludes no id of theirs. */
export const QUEUE_ID = PATH_SEGMENT;
/** Ids of agents. `available` is excluded: `GET /agents/available` claims an agent. */
export const AGENT_ID = /^(?!available$|\.+$)[A-Za-z0-9._-]{1,64}$/;

/** @throws {HttpProblem} 400 if the text is not a queue id */
export function parseQueueId(text: string): string {
  if (!QUEUE_ID.test(text)) throw notAnId();
  return text;
}

/** @throws {HttpProblem} 400 if the text is not an agent id */
export function parseAgentId(text: string): string {
  if (!AGENT_ID.test(text)) throw notAnId();
  return text;
}

function notAnId(): HttpProblem {
  const allowed = '1 to 64 letters, digits, dots, dashes and underscores, not dots alone';
  return new HttpProblem('bad_request', 400, `invalid id; allowed: ${allowed}; an agent id is not "available"`);
}

/** The Redis key that marks an event of an agent as processed. */
export function agentEventKey(tenant: string, eventHash: string): string {
  return `agent-event:{${tenant}}:${eventHash}`;
}
