import { Inject, Injectable } from '@nestjs/common';
import { REGION } from '../../../config/sections/server.js';
import type { AgentReport } from '../../../contracts/agent-report.js';
import { TIMED_OUT, withTimeout, type Deadline } from '../../../kernel/deadline.js';
import type { AgentState } from '../store/agent-store.js';
import { AgentDirectories } from './agent-directories.js';

/** The part of the deadline that stays reserved for storing the report and answering the caller. */
const RESERVED_MS = 100;

/** Reads one agent from its platform while a caller waits. */
@Injectable()
export class AgentReader {
  constructor(
    private readonly directories: AgentDirectories,
    @Inject(REGION) private readonly region: string,
  ) {}

  /** Whether the configuration names a platform for this tenant. */
  covers(tenant: string): boolean {
    return this.directories.covers(tenant);
  }

  /**
   * Makes one call to the platform. The system's call metrics count its errors.
   *
   * @param maxWaitMs longest wait for the platform; the deadline may leave less
   * @returns `undefined` if no platform knows the agent, or the platform gave no usable answer in
   *   time
   */
  async read(
    { tenant, state }: { readonly tenant: string; readonly state: AgentState },
    deadline: Deadline,
    maxWaitMs = Infinity,
  ): Promise<AgentReport | undefined> {
    const entry = this.directories.entryFor(tenant, state.platform);
    const waitMs = Math.min(maxWaitMs, deadline.remainingMs() - RESERVED_MS);
    if (entry === undefined || waitMs <= 0) return undefined;
    const { platform } = entry;
    const { agentId } = state;
    // Only `ivr` calls wait for a permit of the budget; calls of one platform are 200 ms apart.
    const reading = this.directories.open(entry, 'ivr').find(agentId, deadline);
    const agent = await withTimeout(reading, waitMs).catch((): typeof TIMED_OUT => TIMED_OUT);
    if (agent === TIMED_OUT) return undefined;
    // The platform has never reported the agent, so the agent may belong to another platform.
    if (agent === undefined && state.platform !== platform) return undefined;
    const report = { tenant, agentId, eventHash: undefined, platform, region: this.region } as const;
    if (agent === undefined) return { ...report, parts: {}, gone: true };
    if (Object.keys(agent.parts).length === 0) return undefined;
    return { ...report, parts: agent.parts, fromDirectory: true };
  }
}

/** Whether the platform has the agent, and every part of the report lets the agent take a call. */
export function isFree({ parts, gone }: AgentReport): boolean {
  return gone !== true && Object.values(parts).every(({ availability }) => availability === 'free');
}
