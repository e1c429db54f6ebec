import { Injectable } from '@nestjs/common';
import { AGENT_ID, QUEUE_ID } from '../../../contracts/agent-ids.js';
import { WallClock } from '../../../kernel/clock.js';
import { HttpProblem } from '../../../kernel/errors.js';
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
import { AgentStore } from '../store/agent-store.js';
import { LEFT_REMEMBERED_MS } from '../store/skill-claims.js';
import { PlatformAssignments, type Said } from './platform-assignments.service.js';

/**
 * Applies events of Genesys Cloud about the queues of agents.
 *
 * Only events of queues that `agents.reconcile` reads count, because a later reading must be able
 * to correct them. Only the home of the tenant applies them, because the queues are there. An event
 * that arrives more than `LEFT_REMEMBERED_MS` late changes nothing: the store has forgotten what
 * happened since, and a reading has the truth.
 */
@Injectable()
export class QueueEvents implements TopicHandler {
  readonly scope = 'events';

  constructor(
    private readonly store: AgentStore,
    private readonly assignments: PlatformAssignments,
    private readonly directories: AgentDirectories,
    private readonly homes: Homes,
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
    const atMs = event.atMs ?? this.clock.nowMs();
    if (this.counts(tenant, queueId, atMs)) {
      await this.assignments.setMember({ tenant, queueId, agentId }, joined, said(atMs));
    }
    return { duplicate: false };
  }

  /**
   * Applies the list of all queues of an agent.
   *
   * @param sentAtMs when the platform sent the event
   */
  async applyActive(
    { tenant, agentId }: { readonly tenant: string; readonly agentId: string },
    { queueIds, atMs }: ActiveQueues,
    sentAtMs: number,
  ): Promise<void> {
    if (!this.directories.readsGenesysQueues(tenant) || !this.homes.isHome(tenant)) return;
    const active = new Set(queueIds.filter((queueId) => QUEUE_ID.test(queueId)));
    const stored = new Set(await this.store.listReadQueues(tenant, agentId));
    for (const queueId of new Set([...active, ...stored])) {
      const isMember = active.has(queueId);
      if (isMember === stored.has(queueId) || !this.counts(tenant, queueId, sentAtMs)) continue;
      await this.assignments.setMember({ tenant, queueId, agentId }, isMember, said(atMs));
    }
  }

  private counts(tenant: string, queueId: string, sentAtMs: number): boolean {
    if (this.clock.nowMs() - sentAtMs > LEFT_REMEMBERED_MS) return false;
    return this.directories.readsQueue(tenant, queueId, 'genesys') && this.homes.isHome(tenant);
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
