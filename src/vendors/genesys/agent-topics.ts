import { z } from 'zod';
import { parseDecimal } from '../../kernel/parse-number.js';
import { parseMomentMs } from '../../kernel/parse-time.js';
import type { GenesysEvent } from './genesys-event.js';
import type { AgentReport, CallReading } from '../../contracts/agent-report.js';
import { presenceAvailability, routingAvailability } from './genesys-statuses.js';
import { activeQueues, type ActiveQueues } from './queue-topics.js';

/**
 * An agent event: a report of one agent's state, or the end of a conversation for all its agents.
 */
export type AgentTopicEvent =
  | {
      readonly kind: 'report';
      readonly agentId: string;
      readonly parts: AgentReport['parts'];
      readonly call?: CallReading;
      /** The conversation that this agent has left. */
      readonly leftCall?: string;
      /** All queues that the agent has joined. */
      readonly active?: ActiveQueues;
    }
  | { readonly kind: 'call-over'; readonly callId: string };

const USER_TOPIC = /^v2\.users\.([^.]+)\.(activity|presence|routingStatus|conversationsummary)$/i;
const CONVERSATION_TOPIC = /^v2\.detail\.events\.conversation\.[^.]+\.(user\.start|user\.end|customer\.end)$/;

const word = z.string().trim().min(1).max(64);
const optionalMoment = z.unknown().optional().transform(parseMomentMs);

const routingStatus = z.object({ status: word, startTime: optionalMoment });
const presence = z.object({
  presenceDefinition: z.object({ systemPresence: word }),
  modifiedDate: optionalMoment,
  primary: z.union([z.boolean(), z.stringbool()]).optional().catch(undefined),
});
const conversation = z.object({ conversationId: z.string().min(1).max(256), eventTime: optionalMoment });
const count = z.preprocess((value) => parseDecimal(value) ?? value, z.number().nonnegative().nullish());
const medium = z.object({ contactCenter: z.object({ active: count, acw: count }).nullish() });

export function isAgentTopic(topic: string): boolean {
  return USER_TOPIC.test(topic) || CONVERSATION_TOPIC.test(topic);
}

/**
 * Reads an event of an agent topic.
 *
 * @param receivedAtMs time of an event whose body and envelope have no time
 * @returns `undefined` if the body does not match the topic
 */
export function parseAgentEvent(event: GenesysEvent, receivedAtMs: number): AgentTopicEvent | undefined {
  const [, topicId = '', kind] = USER_TOPIC.exec(event.topic) ?? [];
  const sentAtMs = event.atMs ?? receivedAtMs;
  if (kind === undefined) return conversationEvent(event, sentAtMs);
  const agentId = idOf(topicId, event.body);
  const parts = READERS[kind.toLowerCase()]?.(event.body, sentAtMs);
  if (agentId === undefined || parts === undefined) return undefined;
  const active = kind.toLowerCase() === 'activity' ? activeQueues(event.body) : undefined;
  return { kind: 'report', agentId, parts, ...(active === undefined ? {} : { active }) };
}

function idOf(topicId: string, { id, userId }: GenesysEvent['body']): string | undefined {
  if (topicId !== '{id}') return topicId;
  const agentId = userId ?? id;
  return typeof agentId === 'string' ? agentId : undefined;
}

type PartsReader = (body: GenesysEvent['body'], sentAtMs: number) => AgentReport['parts'] | undefined;

/** By topic kind in lower case. Each reader returns `undefined` for a body that does not match. */
const READERS: Readonly<Record<string, PartsReader>> = {
  presence: (body, sentAtMs) => {
    const { data } = presence.safeParse(body);
    return data === undefined ? undefined : presenceParts(data, sentAtMs);
  },
  routingstatus: (body, sentAtMs) => {
    const { data } = z.object({ routingStatus }).safeParse(body);
    return data === undefined ? undefined : routingParts(data.routingStatus, sentAtMs);
  },
  activity: activityParts,
  conversationsummary: summaryParts,
};

/**
 * Reads presence and routing status. The users of the platform's API have the same two keys. A part
 * that cannot be read does not change the meaning of the other part.
 *
 * @returns `undefined` if neither part can be read
 */
export function activityParts(body: GenesysEvent['body'], sentAtMs: number): AgentReport['parts'] | undefined {
  const presenceRead = presence.safeParse(body.presence).data;
  const statusRead = routingStatus.safeParse(body.routingStatus).data;
  if (presenceRead === undefined && statusRead === undefined) return undefined;
  return {
    ...(presenceRead === undefined ? {} : presenceParts(presenceRead, sentAtMs)),
    ...(statusRead === undefined ? {} : routingParts(statusRead, sentAtMs)),
  };
}

/**
 * A user has one presence per source, such as another product's status. Only the primary one
 * decides whether the agent gets calls.
 */
function presenceParts(body: z.infer<typeof presence>, sentAtMs: number): AgentReport['parts'] {
  if (body.primary === false) return {};
  const raw = body.presenceDefinition.systemPresence;
  return { presence: { atMs: timeOr(body.modifiedDate, sentAtMs), availability: presenceAvailability(raw), raw } };
}

function routingParts(status: z.infer<typeof routingStatus>, sentAtMs: number): AgentReport['parts'] {
  const raw = status.status;
  return { routing: { atMs: timeOr(status.startTime, sentAtMs), availability: routingAvailability(raw), raw } };
}

/**
 * Reads the conversation counts, the only place that shows wrap-up. The body has no time, so the
 * sending time counts. A readable count above zero shows a busy agent. Only counts that are all
 * readable show a free agent.
 *
 * @returns `undefined` if there are counts, and none can be read
 */
export function summaryParts(body: GenesysEvent['body'], sentAtMs: number): AgentReport['parts'] | undefined {
  const media = Object.values(body).filter((value) => typeof value === 'object' && value !== null);
  const readable = media.flatMap((value) => medium.safeParse(value).data ?? []);
  if (media.length > 0 && readable.length === 0) return undefined;
  const isBusy = (name: 'acw' | 'active'): boolean => readable.some((read) => (read.contactCenter?.[name] ?? 0) > 0);
  const work = (availability: 'free' | 'busy', raw: string) => ({ work: { atMs: sentAtMs, availability, raw } });
  if (isBusy('acw')) return work('busy', 'ACW');
  if (isBusy('active')) return work('busy', 'ACTIVE');
  return readable.length === media.length ? work('free', 'NONE') : {};
}

function conversationEvent({ topic, body }: GenesysEvent, sentAtMs: number): AgentTopicEvent | undefined {
  const kind = CONVERSATION_TOPIC.exec(topic)?.[1];
  const read = conversation.safeParse(body);
  if (kind === undefined || !read.success) return undefined;
  const { conversationId, eventTime } = read.data;
  if (kind === 'customer.end') return { kind: 'call-over', callId: conversationId };
  const { userId } = body;
  if (typeof userId !== 'string') return undefined;
  const started = kind === 'user.start';
  const call = { atMs: timeOr(eventTime, sentAtMs), callId: started ? conversationId : '' };
  return { kind: 'report', agentId: userId, parts: {}, call, ...(started ? {} : { leftCall: conversationId }) };
}

function timeOr(bodyTimeMs: number | undefined, sentAtMs: number): number {
  return bodyTimeMs !== undefined && bodyTimeMs > 0 ? bodyTimeMs : sentAtMs;
}
