/**
 * Platforms whose status words Datadip knows. `other` means a sender that uses Datadip's own status
 * words.
 */
export type AgentPlatform = 'genesys' | 'cxone' | 'other';

/**
 * The meaning of one part of an agent's state for a call. `free`: the agent can take a call.
 * `busy`: the agent is logged in and cannot take a call now. `off`: the agent is logged out or off
 * queue.
 */
export type Availability = 'free' | 'busy' | 'off';

/**
 * The parts in which platforms report an agent's state. Each part has its own time, because
 * presence and routing status arrive in separate events. `work` holds what keeps an agent busy
 * besides those two: conversations and wrap-up.
 */
export type StatePart = 'presence' | 'routing' | 'work';

/** The reported value of one state part. */
interface StateReading {
  /** When the part took this value, by the platform's clock, Unix milliseconds. */
  readonly atMs: number;
  readonly availability: Availability;
  /** The platform's own status word. */
  readonly raw: string;
}

/** The conversation an agent is in. */
export interface CallReading {
  /** When the conversation started or ended, by the platform's clock, Unix milliseconds. */
  readonly atMs: number;
  /** The empty string means the agent is in no conversation. */
  readonly callId: string;
}

/** A platform's report of one agent, with all parts of the state or only some parts. */
export interface AgentReport {
  readonly tenant: string;
  readonly agentId: string;
  /** Keyed hash of the event id. `undefined` means Datadip does not check for a duplicate. */
  readonly eventHash: string | undefined;
  readonly platform: AgentPlatform;
  /** The region that observed the state. */
  readonly region: string;
  readonly parts: Readonly<Partial<Record<StatePart, StateReading>>>;
  readonly call?: CallReading;
  /**
   * `true` means Datadip read the report from the platform's agent directory. The state is current,
   * even if its time is old.
   *
   * For a stale agent, the store accepts such a report with any time. For another agent, the store
   * accepts only a state that is newer than the stored state: events are faster than the
   * platform's API.
   */
  readonly fromDirectory?: true;
  /** `true` means the platform was asked for this agent and has none. `parts` is then empty. */
  readonly gone?: true;
}

/**
 * Sets every part of the state to one reading, for platforms that report a single status. The state
 * stays complete until a later report changes one part. A busy agent counts as on queue, so that a
 * later routing status `IDLE` alone makes the agent available, as the platform means it.
 */
export function wholeState(availability: Availability, atMs: number, raw: string): AgentReport['parts'] {
  const reading = (part: Availability): StateReading => ({ atMs, availability: part, raw });
  switch (availability) {
    case 'free':
      return { presence: reading('free'), routing: reading('free'), work: reading('free') };
    case 'busy':
      return { presence: reading('free'), routing: reading('busy'), work: reading('free') };
    case 'off':
      return { presence: reading('off'), routing: reading('off'), work: reading('free') };
  }
}
