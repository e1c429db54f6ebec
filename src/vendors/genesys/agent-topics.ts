import { z } from 'zod';
import type { GenesysEvent } from './genesys-event.js';
import type { AgentReport, CallReading } from '../../contracts/agent-report.js';
import { presenceAvailability, routingAvailability } from './genesys-statuses.js';

/** What an event of an agent says: of their state, or that a conversation is over, for one (`agentId`) or for all. */
export type AgentTopicEvent =
  | {
      readonly kind: 'report';
      readonly agentId: string;
      readonly parts: AgentReport['parts'];
      readonly call?: CallReading;
      /** The conversation this agent has left. */
      readonly leftCall?: string;
    }
  | { readonly kind: 'call-over'; readonly callId: string };

const USER_TOPIC = /^v2\.users\.([^.]+)\.(activity|presence|routingStatus|conversationsummary)$/i;
const CONVERSATION_TOPIC = /^v2\.detail\.events\.conversation\.[^.]+\.(user\.start|user\.end|customer\.end)$/;

const word = z.string().trim().min(1).max(64);
const moment = z.union([z.number().nonnegative(), z.string().transform((text) => Date.parse(text))]).catch(Number.NaN);
const optionalMoment = moment.optional();

const routingStatus = z.object({ status: word, startTime: optionalMoment });
const presence = z.object({ presenceDefinition: z.object({ systemPresence: word }), modifiedDate: optionalMoment });
const activity = z.object({ routingStatus: routingStatus.nullish(), presence: presence.nullish() });
const conversation = z.object({ conversationId: z.string().min(1).max(256), eventTime: optionalMoment });
const count = z.number().catch(0);
const counts = z.object({ active: count.optional(), acw: count.optional() }).catch({});
const medium = z.object({ contactCenter: counts.optional(), enterprise: counts.optional() }).catch({});

export function isAgentTopic(topic: string): boolean {
  return USER_TOPIC.test(topic) || CONVERSATION_TOPIC.test(topic);
}

/**
 * Reads an event of one of those topics.
 *
 * @param receivedAtMs for an event that has no time anywhere
 * @returns absent for a body that is not the topic's
 */
export function parseAgentEvent(event: GenesysEvent, receivedAtMs: number): AgentTopicEvent | undefined {
  const [, named = '', kind] = USER_TOPIC.exec(event.topic) ?? [];
  const sentAtMs = event.atMs ?? receivedAtMs;
  if (kind === undefined) return conversationEvent(event, sentAtMs);
  const agentId = idOf(named, event.body);
  const parts = READERS[kind.toLowerCase()]?.(event.body, sentAtMs);
  return agentId === undefined || parts === undefined ? undefined : { kind: 'report', agentId, parts };
}

function idOf(named: string, { id, userId }: GenesysEvent['body']): string | undefined {
  if (named !== '{id}') return named;
  const given = userId ?? id;
  return typeof given === 'string' ? given : undefined;
}

type PartsReader = (body: GenesysEvent['body'], sentAtMs: number) => AgentReport['parts'] | undefined;

/** By topic, in lower case. Each gives nothing for a body that is not its own. */
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

/** Presence and routing status side by side, as users have them in answers of the API, too. */
export function activityParts(body: GenesysEvent['body'], sentAtMs: number): AgentReport['parts'] | undefined {
  const { presence: there, routingStatus: status } = activity.safeParse(body).data ?? {};
  if (!there && !status) return undefined;
  return { ...(there ? presenceParts(there, sentAtMs) : {}), ...(status ? routingParts(status, sentAtMs) : {}) };
}

function presenceParts(there: z.infer<typeof presence>, sentAtMs: number): AgentReport['parts'] {
  const raw = there.presenceDefinition.systemPresence;
  return { presence: { atMs: timeOr(there.modifiedDate, sentAtMs), availability: presenceAvailability(raw), raw } };
}

function routingParts(status: z.infer<typeof routingStatus>, sentAtMs: number): AgentReport['parts'] {
  const raw = status.status;
  return { routing: { atMs: timeOr(status.startTime, sentAtMs), availability: routingAvailability(raw), raw } };
}

/** Wrap-up shows nowhere else. The body has no time of its own. */
export function summaryParts(body: GenesysEvent['body'], sentAtMs: number): AgentReport['parts'] {
  const media = Object.values(body).map((value) => medium.parse(value));
  const wrapUps = media.reduce((sum, { contactCenter }) => sum + (contactCenter?.acw ?? 0), 0);
  const active = media.reduce((sum, { contactCenter }) => sum + (contactCenter?.active ?? 0), 0);
  const raw = wrapUps > 0 ? 'ACW' : active > 0 ? 'ACTIVE' : 'NONE';
  return { work: { atMs: sentAtMs, availability: raw === 'NONE' ? 'free' : 'busy', raw } };
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

function timeOr(givenMs: number | undefined, sentAtMs: number): number {
  return givenMs !== undefined && givenMs > 0 ? givenMs : sentAtMs;
}
