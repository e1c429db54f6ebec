import { describe, expect, it } from '@jest/globals';
import { parseAgentEvent, isAgentTopic } from '../../../src/vendors/genesys/agent-topics.js';

const USER = '278522be-1683-4877-8257-4164a177be89';
const SENT_MS = Date.UTC(2026, 0, 31, 9, 30);
const CHANGED = '2026-01-31T09:29:58.904Z';
const CHANGED_MS = Date.parse(CHANGED);

function read(topic: string, body: Record<string, unknown>, atMs: number | undefined = SENT_MS) {
  return parseAgentEvent({ id: 'e', topic, body, atMs }, SENT_MS + 5000);
}
const ofUser = (kind: string): string => `v2.users.${USER}.${kind}`;
const PRESENCE = {
  source: 'PURECLOUD',
  presenceDefinition: { id: 'x', systemPresence: 'ON_QUEUE' },
  modifiedDate: CHANGED,
};
const ROUTING = { id: USER, routingStatus: { userId: USER, status: 'IDLE', startTime: CHANGED } };

describe('an agent event of Genesys Cloud', () => {
  it('recognises an agent event by its topic', () => {
    for (const kind of ['activity', 'presence', 'routingStatus', 'conversationsummary'])
      expect(isAgentTopic(ofUser(kind))).toBe(true);
    for (const topic of [
      ofUser('station'),
      'v2.users.presence',
      'v2.routing.queues.x.users',
      `x.${ofUser('presence')}`,
    ])
      expect(isAgentTopic(topic)).toBe(false);
  });

  it('reads the presence part and its change time from a presence event', () => {
    expect(read(ofUser('presence'), PRESENCE)).toEqual({
      kind: 'report',
      agentId: USER,
      parts: { presence: { atMs: CHANGED_MS, availability: 'free', raw: 'ON_QUEUE' } },
    });
  });

  it('reads the routing part and its start time from a routing status event', () => {
    expect(read(ofUser('routingStatus'), ROUTING)).toMatchObject({
      parts: { routing: { atMs: CHANGED_MS, availability: 'free', raw: 'IDLE' } },
    });
  });

  it('reads both parts, each with its own time, from an activity event', () => {
    const presence = { ...PRESENCE, modifiedDate: '2026-01-31T08:00:00Z' };
    expect(read(ofUser('activity'), { ...ROUTING, presence, activeQueueIds: [] })).toMatchObject({
      parts: { presence: { atMs: Date.UTC(2026, 0, 31, 8) }, routing: { atMs: CHANGED_MS } },
    });
    expect(read(ofUser('activity'), { ...ROUTING, presence: null })).toMatchObject({ parts: { routing: {} } });
  });

  it.each([
    [{ call: { contactCenter: { active: 0, acw: 1 }, enterprise: { active: 0 } } }, 'busy', 'ACW'],
    [{ chat: { contactCenter: { active: 2, acw: 0 } } }, 'busy', 'ACTIVE'],
    [{ call: { contactCenter: { active: 0, acw: 0 } }, email: {} }, 'free', 'NONE'],
    [{}, 'free', 'NONE'],
  ])('reads the work part from a conversation summary: %j', (body, availability, raw) => {
    expect(read(ofUser('conversationsummary'), body)).toMatchObject({
      parts: { work: { atMs: SENT_MS, availability, raw } },
    });
  });

  it.each([
    ['routing status', { ...ROUTING, presence: { presenceDefinition: 7 } }, { routing: { availability: 'free' } }],
    ['presence', { id: USER, presence: PRESENCE, routingStatus: 'IDLE' }, { presence: { availability: 'free' } }],
  ])('reads the %s of an activity event whose other part is unreadable', (_part, body, parts) => {
    const event = read(ofUser('activity'), body) as { parts: object };
    expect(event.parts).toMatchObject(parts);
    expect(Object.keys(event.parts)).toEqual(Object.keys(parts));
  });

  it.each([
    ['a presence event', 'presence', { ...PRESENCE, primary: false }, {}],
    ['an activity event', 'activity', { ...ROUTING, presence: { ...PRESENCE, primary: false } }, { routing: {} }],
  ])('ignores a presence that is not the primary one in %s', (_what, kind, body, parts) => {
    const event = read(ofUser(kind), body) as { parts: object };
    expect(event).toMatchObject({ kind: 'report', parts });
    expect(Object.keys(event.parts)).toEqual(Object.keys(parts));
  });

  it('believes a presence that says it is the primary one', () => {
    expect(read(ofUser('presence'), { ...PRESENCE, primary: true })).toMatchObject({
      parts: { presence: { availability: 'free' } },
    });
  });

  it.each([
    [
      'is busy if one readable count says so',
      { call: { contactCenter: { active: 1 } }, chat: 'x', email: { contactCenter: 3 } },
      { work: { availability: 'busy' } },
    ],
    [
      'is busy if a count in quotes says so',
      { call: { contactCenter: { active: '1' } }, chat: 'x' },
      { work: { availability: 'busy' } },
    ],
    [
      'says nothing if the readable counts are zero',
      { call: { contactCenter: { active: 0, acw: 0 } }, email: { contactCenter: { acw: 'many' } } },
      {},
    ],
  ])('a conversation summary with an unreadable count %s', (_result, body, parts) => {
    const event = read(ofUser('conversationsummary'), body) as { parts: object };
    expect(event.parts).toMatchObject(parts);
    expect(Object.keys(event.parts)).toEqual(Object.keys(parts));
  });

  it('uses the envelope time, else the arrival time, for an event without a body time', () => {
    const { modifiedDate: _, ...timeless } = PRESENCE;
    expect(read(ofUser('presence'), timeless)).toMatchObject({ parts: { presence: { atMs: SENT_MS } } });
    expect(read(ofUser('presence'), { ...timeless, modifiedDate: 'soon' })).toMatchObject({
      parts: { presence: { atMs: SENT_MS } },
    });
    const arrived = parseAgentEvent({ id: 'e', topic: ofUser('presence'), body: timeless, atMs: undefined }, 7);
    expect(arrived).toMatchObject({ parts: { presence: { atMs: 7 } } });
  });

  it('reads the user from the body when the topic contains the literal {id}', () => {
    expect(read('v2.users.{id}.routingStatus', ROUTING)).toMatchObject({ agentId: USER });
    expect(read('v2.users.{id}.presence', PRESENCE)).toBeUndefined();
  });

  it('reads the start, the end for one agent and the end for all from conversation events', () => {
    const topic = 'v2.detail.events.conversation.2f7bf00a.';
    const body = { conversationId: 'c-1', userId: USER, eventTime: CHANGED_MS };
    expect(read(`${topic}user.start`, body)).toEqual({
      ...{ kind: 'report', agentId: USER, parts: {} },
      call: { atMs: CHANGED_MS, callId: 'c-1' },
    });
    expect(read(`${topic}user.end`, body)).toMatchObject({ call: { callId: '' }, leftCall: 'c-1' });
    expect(read(`${topic}customer.end`, body)).toEqual({ kind: 'call-over', callId: 'c-1' });
    expect(isAgentTopic(`${topic}customer.start`)).toBe(false);
  });

  it.each([
    ['a presence without a definition', 'presence', { presenceDefinition: {} }],
    ['a presence that is a number', 'presence', { presenceDefinition: { systemPresence: 3 } }],
    ['a routing status without a status', 'routingStatus', { routingStatus: { startTime: CHANGED } }],
    ['a routing status that is a text', 'routingStatus', { routingStatus: 'IDLE' }],
    ['an activity without parts', 'activity', { id: USER }],
    ['an activity with two unreadable parts', 'activity', { presence: 7, routingStatus: { status: '' } }],
    ['a summary without a readable count', 'conversationsummary', { call: { contactCenter: { active: 'x' } } }],
  ])('refuses an event with a malformed body: %s', (_what, kind, body) => {
    expect(read(ofUser(kind), body)).toBeUndefined();
  });
});
