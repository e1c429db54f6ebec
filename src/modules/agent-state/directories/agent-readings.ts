import { Inject, Injectable } from '@nestjs/common';
import { TIMED_OUT, withTimeout, type Deadline } from '../../../kernel/deadline.js';
import { REGION } from '../../../config/tokens.js';
import { WallClock } from '../../../kernel/wall-clock.js';
import { AgentDirectories } from './agent-directories.js';
import type { AgentReport } from '../../../contracts/agent-report.js';
import type { AgentState } from '../store/agent-store.js';
import { wholeState } from '../../../contracts/whole-state.js';

/** What must be left of the deadline to store what was read and to answer. */
const TO_ANSWER_MS = 100;

/** Asks a platform about one agent, because somebody waits who wants to know. */
@Injectable()
export class AgentReadings {
  constructor(
    private readonly platforms: AgentDirectories,
    private readonly clock: WallClock,
    @Inject(REGION) private readonly region: string,
  ) {}

  reads(tenant: string): boolean {
    return this.platforms.reads(tenant);
  }

  /**
   * One call of the platform.
   *
   * @param boundMs the longest it is waited for; the deadline may leave less
   * @returns absent: no platform knows the agent, or it gave no answer of use in time
   */
  async of(
    { tenant, state }: { readonly tenant: string; readonly state: AgentState },
    deadline: Deadline,
    boundMs = Infinity,
  ): Promise<AgentReport | undefined> {
    const entry = this.platforms.knowing(tenant, state.platform);
    const leftMs = Math.min(boundMs, deadline.remainingMs() - TO_ANSWER_MS);
    if (entry === undefined || leftMs <= 0) return undefined;
    const { platform } = entry;
    const { agentId } = state;
    const askedAtMs = this.clock.nowMs();
    // Turned away for a moment they wait for their turn, which the others do not: calls of a platform are 200 ms apart.
    const asking = this.platforms.open(entry, 'ivr').one(agentId, deadline);
    // Whatever went wrong is counted with the calls of the system; here there is no answer.
    const said = await withTimeout(asking, leftMs).catch((): typeof TIMED_OUT => TIMED_OUT);
    if (said === TIMED_OUT) return undefined;
    // Whom it has never had, another may have.
    if (said === undefined && state.platform !== platform) return undefined;
    const parts = said === undefined ? wholeState('off', askedAtMs, 'GONE') : said.parts;
    if (Object.keys(parts).length === 0) return undefined;
    return { tenant, agentId, eventHash: undefined, platform, region: this.region, parts, asked: true };
  }
}

/** Whether a call may come to the agent, as far as the reading goes. */
export function isFree({ parts }: AgentReport): boolean {
  return Object.values(parts).every(({ verdict }) => verdict === 'free');
}
