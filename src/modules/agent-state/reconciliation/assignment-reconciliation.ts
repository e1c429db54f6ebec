import type { ReconcileConfig } from '../../../config/sections/agents.js';
import type {
  AgentDirectory,
  AssignmentReceiver,
  Completeness,
  DirectorySkill,
  QueueReading,
  SkillsReading,
} from '../../../contracts/agent-directory.js';
import type { AgentMetrics } from '../agent.metrics.js';
import type { PlatformAssignments, Said } from '../assignments/platform-assignments.service.js';
import type { AgentStore } from '../store/agent-store.js';
import { Absences } from './absences.js';

/**
 * Store calls at the same time. A claim waits for these: 8 times 0.08 ms (Redis on the same
 * machine; 17,000 calls for 2,000 agents in 5 queues).
 */
const BATCH = 8;
/** Agents listed per store call. */
const LIST_LIMIT = 500;
/** The key of the absences from a list of all skills, which is no id of a queue. */
const SKILLS = '';

export interface AssignmentCounts {
  /** Queues whose members were read. */
  readonly queues: number;
  /** Queues whose members could not be read. */
  readonly queuesFailed: number;
  /** Memberships that began or ended. */
  readonly joined: number;
  readonly left: number;
  /** Agents whose skills changed. */
  readonly skillsChanged: number;
}

const NONE: AssignmentCounts = { queues: 0, queuesFailed: 0, joined: 0, left: 0, skillsChanged: 0 };

/**
 * Stores the queues and skills that the platform gives to agents.
 *
 * Guarantees:
 * - A confirmed reading without an agent ends the agent's membership at once. An unconfirmed one
 *   ends it only if the reading before was without the agent, too. A partial one ends nothing.
 * - Readings end nothing that a caller declared.
 *
 * Does not guarantee: that the members of a queue which the platform deleted leave after a restart
 * of the process. The process remembers the queues that it has read.
 *
 * Race it prevents:
 * 1. The reading of a queue begins, and reads the page that the agent would be on.
 * 2. The agent joins, and the event stores the membership with a later time.
 * 3. The reading ends without the agent. Its time is its start, so the membership stays.
 */
export class AssignmentReconciliation implements AssignmentReceiver {
  private readonly absences = new Absences();
  private readonly knownQueues = new Set<string>();
  private counts = NONE;

  constructor(
    private readonly entry: ReconcileConfig,
    private readonly directory: AgentDirectory,
    private readonly assignments: PlatformAssignments,
    private readonly store: AgentStore,
    private readonly metrics: AgentMetrics,
  ) {}

  /** Forgets the counts of the run before. */
  begin(): void {
    this.counts = NONE;
  }

  get counted(): AssignmentCounts {
    return this.counts;
  }

  /** @throws {Error} if a queue, or the whole list, could not be read */
  async run(): Promise<void> {
    const { queues = [], skills = false } = this.entry;
    await this.directory.readAssignments({ queues, skills, knownQueues: this.knownQueues }, this);
    const { queuesFailed } = this.counts;
    if (queuesFailed > 0) throw new Error(`${queuesFailed} queues could not be read`);
  }

  async queue({ queueId, startedMs, members, completeness }: QueueReading): Promise<void> {
    const { tenant } = this.entry;
    const stored = new Set(await this.store.listReadMembers(tenant, queueId));
    const set = async (agentId: string, isMember: boolean): Promise<void> => {
      const isChanged = await this.assignments.setMember({ tenant, queueId, agentId }, isMember, this.said(startedMs));
      if (isChanged) this.add(isMember ? { joined: 1 } : { left: 1 });
    };
    const listed = [...members].filter(([agentId, hasJoined]) => hasJoined || stored.has(agentId));
    await inBatches(listed, ([agentId, hasJoined]) => set(agentId, hasJoined));
    const missing = [...stored].filter((agentId) => !members.has(agentId));
    const ended = this.absences.ended(queueId, missing, completeness);
    await inBatches(ended, (agentId) => set(agentId, false));
    this.remember(queueId, members.size > 0 || ended.length < missing.length);
    this.metrics.queueRead(this.entry, completeness);
    this.add({ queues: 1 });
  }

  queueFailed(): void {
    this.metrics.queueRead(this.entry, 'failed');
    this.add({ queuesFailed: 1 });
  }

  async skills({ startedMs, agents, completeness }: SkillsReading): Promise<void> {
    await inBatches([...agents], ([agentId, skills]) => this.setSkills(agentId, skills, startedMs));
    const ended = await this.withoutSkills(agents, completeness);
    await inBatches(ended, (agentId) => this.setSkills(agentId, [], startedMs));
  }

  /** @param startedMs when the reading that contains the skills began */
  async setSkills(agentId: string, skills: readonly DirectorySkill[], startedMs: number): Promise<void> {
    const agent = { tenant: this.entry.tenant, agentId };
    if (await this.assignments.setSkills(agent, skills, this.said(startedMs))) this.add({ skillsChanged: 1 });
  }

  /** Lists the agents of the platform whose stored skills this reading ends. */
  private async withoutSkills(
    listed: ReadonlyMap<string, unknown>,
    completeness: Completeness,
  ): Promise<readonly string[]> {
    if (completeness === 'partial') return [];
    const { tenant, platform } = this.entry;
    const missing: string[] = [];
    for (let offset = 0; ; offset += LIST_LIMIT) {
      const { agentIds } = await this.store.listNotReportedSince(tenant, undefined, offset, LIST_LIMIT);
      for (const agentId of agentIds.filter((id) => !listed.has(id))) {
        if ((await this.store.read(tenant, agentId))?.platform === platform) missing.push(agentId);
      }
      if (agentIds.length < LIST_LIMIT) return this.absences.ended(SKILLS, missing, completeness);
    }
  }

  private remember(queueId: string, hasMembers: boolean): void {
    if (hasMembers) this.knownQueues.add(queueId);
    else this.knownQueues.delete(queueId);
  }

  private add(change: Partial<AssignmentCounts>): void {
    const added = Object.entries(change).map(([name, count]) => [
      name,
      this.counts[name as keyof AssignmentCounts] + count,
    ]);
    this.counts = { ...this.counts, ...Object.fromEntries(added) } as AssignmentCounts;
  }

  private said(atMs: number): Said {
    return { platform: this.entry.platform, source: 'reconciliation', atMs };
  }
}

async function inBatches<Item>(items: readonly Item[], handle: (item: Item) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += BATCH) await Promise.all(items.slice(at, at + BATCH).map(handle));
}
