/** Platforms whose words we know; `other` is whoever tells us in our own. */
export type AgentPlatform = 'genesys' | 'cxone' | 'other';

/** What one part of an agent's state means for a call: it may come, it may not come now, or there is nobody. */
export type Verdict = 'free' | 'busy' | 'off';

/**
 * The parts in which platforms tell of an agent. Each is newer or older by itself: presence and routing status arrive apart. `work` is what
 * keeps an agent busy beside them: conversations and wrap-up.
 */
export type StatePart = 'presence' | 'routing' | 'work';

export interface Finding {
  /** When it became so, by the platform's clock, Unix milliseconds. */
  readonly atMs: number;
  readonly verdict: Verdict;
  /** The platform's own word. */
  readonly raw: string;
}

/** The conversation an agent is in since then; empty: none since then. */
export interface CallFinding {
  readonly atMs: number;
  readonly callId: string;
}

/** What a platform says of one agent, all of it or a part. */
export interface AgentReport {
  readonly tenant: string;
  readonly agentId: string;
  /** Absent: it is never a duplicate. */
  readonly eventHash: string | undefined;
  readonly platform: AgentPlatform;
  /** Where it was observed. */
  readonly region: string;
  readonly parts: Readonly<Partial<Record<StatePart, Finding>>>;
  readonly call?: CallFinding;
  /**
   * The platform was asked, so this holds there now, however long it has. Who is stale is then as it says; of who is not, only what is
   * newer than what is stored counts, because events outrun the platform's own reads.
   */
  readonly asked?: true;
}
