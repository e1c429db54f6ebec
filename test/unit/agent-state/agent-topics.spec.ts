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
  it('an agent event is recognised by its topic', () => {
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

  it('a presence event sets the presence part with its change time', () => {
    expect(read(ofUser('presence'), PRESENCE)).toEqual({
      kind: 'report',
      agentId: USER,
      parts: { presence: { atMs: CHANGED_MS, availability: 'free', raw: 'ON_QUEUE' } },
    });
  });

  it('a routing status event sets the routing part with its start time', () => {
    expect(read(ofUser('routingStatus'), ROUTING)).toMatchObject({
      parts: { routing: { atMs: CHANGED_MS, availability: 'free', raw: 'IDLE' } },
    });
  });

  it('an activity event sets both parts, each with its own time', () => {
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
  ])('a conversation summary sets the work part: %j', (body, availability, raw) => {
    expect(read(ofUser('conversationsummary'), body)).toMatchObject({
      parts: { work: { atMs: SENT_MS, availability, raw } },
    });
  });

  it('an event without a body time gets the envelope time, else the arrival time', () => {
    const { modifiedDate: _, ...timeless } = PRESENCE;
    expect(read(ofUser('presence'), timeless)).toMatchObject({ parts: { presence: { atMs: SENT_MS } } });
    expect(read(ofUser('presence'), { ...timeless, modifiedDate: 'soon' })).toMatchObject({
      parts: { presence: { atMs: SENT_MS } },
    });
    const arrived = parseAgentEvent({ id: 'e', topic: ofUser('presence'), body: timeless, atMs: undefined }, 7);
    expect(arrived).toMatchObject({ parts: { presence: { atMs: 7 } } });
  });

  it('an event whose topic contains the literal {id} names its user in the body', () => {
    expect(read('v2.users.{id}.routingStatus', ROUTING)).toMatchObject({ agentId: USER });
    expect(read('v2.users.{id}.presence', PRESENCE)).toBeUndefined();
  });

  it('a conversation event reports its start, its end for one agent, and its end for all', () => {
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
    ['a routing status without a word', 'routingStatus', { routingStatus: { startTime: CHANGED } }],
    ['a routing status that is a text', 'routingStatus', { routingStatus: 'IDLE' }],
    ['activity of nothing', 'activity', { id: USER }],
  ])('an event with a malformed body is refused: %s', (_what, kind, body) => {
    expect(read(ofUser(kind), body)).toBeUndefined();
  });
});
