import type { Availability } from '../../contracts/agent-report.js';

/** System presences. An organisation's own presences come with the system presence they stand for. Logged in is not on queue. */
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

/** `On Queue` (REST), `ON_QUEUE` (events) and `OnQueue` (the organisation's definitions) are one word. */
function oneSpelling(word: string): string {
  return word.toUpperCase().replace(/[\s_-]/g, '');
}

/** A presence the table does not have is one that no call may come in. */
export function presenceAvailability(systemPresence: string): Availability {
  return PRESENCES[oneSpelling(systemPresence)] ?? 'busy';
}

export function routingAvailability(status: string): Availability {
  return ROUTING_STATUSES[oneSpelling(status)] ?? 'busy';
}

/** Absent: neither a presence nor a routing status of Genesys. `IDLE` is both, and means the latter. */
export function genesysStatePart(word: string): 'presence' | 'routing' | undefined {
  const spelling = oneSpelling(word);
  if (spelling in ROUTING_STATUSES) return 'routing';
  return spelling in PRESENCES ? 'presence' : undefined;
}
