import { Injectable } from '@nestjs/common';
import { AGENT_ID, QUEUE_ID } from '../../../contracts/agent-ids.js';
import { WallClock } from '../../../kernel/clock.js';
import { HttpProblem } from '../../../kernel/errors.js';
import type { RecordToAppend } from '../../../messaging/log/event-log.js';
import { VALUE_VERSION, type QueuesChanged } from '../../../messaging/log/log-values.js';
import { Outbox } from '../../../messaging/outbox/outbox.js';
import { Homes } from '../../../regions/homes.js';
import { EventTopics } from '../../../vendors/genesys/event-topics.js';
import type { GenesysEvent, HandledEvent, TopicHandler } from '../../../vendors/genesys/genesys-event.js';
import {
  parseQueueEvent,
  queueTopicId,
  type ActiveQueues,
  type QueueMemberEvent,
} from '../../../vendors/genesys/queue-topics.js';
import { AgentDirectories } from '../directories/agent-directories.js';
import { PUT_WITHIN_MS } from '../store/agent-records.js';
import { AgentStore } from '../store/agent-store.js';
import { LEFT_REMEMBERED_MS } from '../store/skill-claims.js';
import { PlatformAssignments, type Said } from './platform-assignments.service.js';

interface Agent {
  readonly tenant: string;
  readonly agentId: string;
}

type Change = Pick<QueuesChanged, 'change' | 'queueIds' | 'atMs' | 'sentMs'>;

/**
 * Applies events of Genesys Cloud about the queues of agents.
 *
 * Only events of queues that `agents.reconcile` reads count, because a later reading must be able
 * to correct them. Only the home of the tenant applies them, because the queues are there. Another
 * region sends them to the home through the log. An event that arrives more than
 * `LEFT_REMEMBERED_MS` late changes nothing: the store has forgotten what happened since, and a
 * reading has the truth.
 */
@Injectable()
export class QueueEvents implements TopicHandler {
  readonly scope = 'events';

  constructor(
    private readonly store: AgentStore,
    private readonly assignments: PlatformAssignments,
    private readonly directories: AgentDirectories,
    private readonly homes: Homes,
    private readonly outbox: Outbox,
    private readonly clock: WallClock,
    topics: EventTopics,
  ) {
    topics.add(this);
  }

  /** Without a configured queue, the topic is ignored. */
  handles(topic: string): boolean {
    const isRead = ({ platform, queues }: (typeof this.directories.entries)[number]): boolean =>
      platform === 'genesys' && queues !== undefined;
    return queueTopicId(topic) !== undefined && this.directories.entries.some(isRead);
  }

  check(event: GenesysEvent): void {
    parse(event);
  }

  async handle(event: GenesysEvent, tenant: string): Promise<HandledEvent> {
    const { queueId, agentId, joined } = parse(event);
    const sentMs = event.atMs ?? this.clock.nowMs();
    await this.receive(
      { tenant, agentId },
      { change: joined ? 'joined' : 'left', queueIds: [queueId], atMs: sentMs, sentMs },
    );
    return { duplicate: false };
  }

  /**
   * Applies the list of all queues of an agent.
   *
   * @param sentMs when the platform sent the event, Unix milliseconds
   */
  applyActive(agent: Agent, { queueIds, atMs }: ActiveQueues, sentMs: number): Promise<void> {
    const known = queueIds.filter((queueId) => QUEUE_ID.test(queueId));
    return this.receive(agent, { change: 'active', queueIds: known, atMs, sentMs });
  }

  /** @returns `false` if this region is not the home of the tenant */
  async applyRemote({ tenant, agentId, ...change }: QueuesChanged): Promise<boolean> {
    if (!this.homes.isHome(tenant)) return false;
    await this.apply({ tenant, agentId }, change);
    return true;
  }

  private async receive(agent: Agent, change: Change): Promise<void> {
    const { tenant } = agent;
    if (!this.directories.readsGenesysQueues(tenant)) return;
    if (this.homes.isHome(tenant)) return this.apply(agent, change);
    if (this.outbox.isOn) await this.outbox.put(tenant, [this.recordOf(agent, change)], PUT_WITHIN_MS);
  }

  private async apply(agent: Agent, { change, queueIds, atMs, sentMs }: Change): Promise<void> {
    const named = new Set(queueIds);
    const stored = change === 'active' ? await this.storedQueues(agent) : new Set<string>();
    for (const queueId of new Set([...named, ...stored])) {
      const isMember = change !== 'left' && named.has(queueId);
      if (change === 'active' && isMember === stored.has(queueId)) continue;
      if (!this.counts(agent.tenant, queueId, sentMs)) continue;
      await this.assignments.setMember({ ...agent, queueId }, isMember, said(atMs));
    }
  }

  private async storedQueues({ tenant, agentId }: Agent): Promise<Set<string>> {
    return new Set(await this.store.listReadQueues(tenant, agentId));
  }

  private counts(tenant: string, queueId: string, sentMs: number): boolean {
    if (this.clock.nowMs() - sentMs > LEFT_REMEMBERED_MS) return false;
    return this.directories.readsQueue(tenant, queueId, 'genesys');
  }

  private recordOf({ tenant, agentId }: Agent, change: Change): RecordToAppend {
    const about = { schema: VALUE_VERSION, type: 'agent.queues', region: this.homes.region } as const;
    const value: QueuesChanged = { ...about, tenant, agentId, ...change };
    return { topic: 'agent.status.change', key: `${tenant}:${agentId}`, value: JSON.stringify(value) };
  }
}

/** @throws {HttpProblem} if the event is malformed */
function parse(event: GenesysEvent): QueueMemberEvent {
  const parsed = parseQueueEvent(event);
  if (parsed === undefined || !AGENT_ID.test(parsed.agentId) || !QUEUE_ID.test(parsed.queueId)) {
    throw new HttpProblem('invalid_event', 400, 'the event body does not match its topic');
  }
  return parsed;
}

function said(atMs: number): Said {
  return { platform: 'genesys', source: 'eventbridge', atMs };
}
