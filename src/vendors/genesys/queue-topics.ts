import { z } from 'zod';
import { parseMomentMs } from '../../kernel/parse-time.js';
import type { GenesysEvent } from './genesys-event.js';

/** An agent joined or left a queue. */
export interface QueueMemberEvent {
  readonly queueId: string;
  readonly agentId: string;
  readonly joined: boolean;
}

/** The queues in which an agent is active, and since when the list is the same. */
export interface ActiveQueues {
  readonly queueIds: readonly string[];
  /** By the platform's clock, Unix milliseconds. */
  readonly atMs: number;
}

const QUEUE_TOPIC = /^v2\.routing\.queues\.([^.]+)\.users$/i;

/**
 * `QueueUserEventTopicQueueMember` of MyPureCloud/platform-client-sdk-go @62dc270e, the class of
 * this topic in notificationMappings.json of MyPureCloud/platform-client-sdk-cli @44244cc5. That
 * list has no topic for the skills of users. The body has no time.
 */
const MEMBER = z.looseObject({
  id: z.string().optional(),
  user: z.looseObject({ id: z.string() }).optional(),
  queueId: z.string().optional(),
  joined: z.boolean(),
});

/** Two keys of `AgentActivityChangedTopicAgentActivity`, of the topic `v2.users.{id}.activity`. */
const ACTIVE = z.object({
  activeQueueIds: z.array(z.string()).max(1000),
  dateActiveQueuesChanged: z.unknown().transform(parseMomentMs),
});

/** @returns the id in the topic, which may be a literal `{id}`; `undefined` for another topic */
export function queueTopicId(topic: string): string | undefined {
  return QUEUE_TOPIC.exec(topic)?.[1];
}

/** @returns `undefined` if the body does not match the topic */
export function parseQueueEvent({ topic, body }: GenesysEvent): QueueMemberEvent | undefined {
  const topicId = queueTopicId(topic);
  const member = MEMBER.safeParse(body).data;
  if (topicId === undefined || member === undefined) return undefined;
  const queueId = topicId === '{id}' ? member.queueId : topicId;
  const agentId = member.user?.id ?? member.id;
  return queueId === undefined || agentId === undefined ? undefined : { queueId, agentId, joined: member.joined };
}

/**
 * Reads the queues of an activity event. An agent off queue has active queues as well: `active`
 * means that the agent has joined the queue.
 *
 * @returns `undefined` if the list or its time is missing
 */
export function activeQueues(body: GenesysEvent['body']): ActiveQueues | undefined {
  const { data } = ACTIVE.safeParse(body);
  const atMs = data?.dateActiveQueuesChanged;
  return data === undefined || atMs === undefined ? undefined : { queueIds: data.activeQueueIds, atMs };
}
