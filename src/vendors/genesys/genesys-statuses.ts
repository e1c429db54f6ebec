import type { Availability } from '../../contracts/agent-report.js';

/**
 * System presences. An organization's own presence comes with its system presence. A logged-in
 * agent is not yet on queue.
 */
const PRESENCES: Readonly<Record<string, Availability>> = {
  ONQUEUE: 'free',
  AVAILABLE: 'busy',
  AWAY: 'busy',
  BREAK: 'busy',
  BUSY: 'busy',
  MEAL: 'busy',
  MEETING: 'busy',
  TRAINING: 'busy',
  IDLE: 'busy',
  OFFLINE: 'off',
};

const ROUTING_STATUSES: Readonly<Record<string, Availability>> = {
  IDLE: 'free',
  INTERACTING: 'busy',
  COMMUNICATING: 'busy',
  NOTRESPONDING: 'busy',
  OFFQUEUE: 'off',
};

/**
 * `On Queue` (REST), `ON_QUEUE` (events) and `OnQueue` (presence definitions) are the same status.
 */
function normalize(word: string): string {
  return word.toUpperCase().replace(/[\s_-]/g, '');
}

/** An unknown presence counts as busy, so that the agent gets no call. */
export function presenceAvailability(systemPresence: string): Availability {
  return PRESENCES[normalize(systemPresence)] ?? 'busy';
}

/** An unknown routing status counts as busy, so that the agent gets no call. */
export function routingAvailability(status: string): Availability {
  return ROUTING_STATUSES[normalize(status)] ?? 'busy';
}

/**
 * @returns `undefined` if the word is no Genesys Cloud status. `IDLE` is a presence and a routing
 *   status; `IDLE` counts as a routing status.
 */
export function genesysStatePart(word: string): 'presence' | 'routing' | undefined {
  const spelling = normalize(word);
  if (spelling in ROUTING_STATUSES) return 'routing';
  return spelling in PRESENCES ? 'presence' : undefined;
}
