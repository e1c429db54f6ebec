import { describe, expect, it } from '@jest/globals';
import { activeQueues, parseQueueEvent, queueTopicId } from '../../../src/vendors/genesys/queue-topics.js';

const TOPIC = 'v2.routing.queues.q-1.users';

function parse(body: Record<string, unknown>, topic = TOPIC): unknown {
  return parseQueueEvent({ id: 'e', topic, body, atMs: undefined });
}

describe('events about the members of a queue', () => {
  it('have the queue in their topic', () => {
    expect(queueTopicId(TOPIC)).toBe('q-1');
    expect(queueTopicId('v2.routing.queues.{id}.users')).toBe('{id}');
    for (const other of ['v2.routing.queues.q-1.conversations', 'v2.routing.queues.q-1.users.x', 'v2.users.a.presence'])
      expect(queueTopicId(other)).toBeUndefined();
  });

  it.each([
    ['of a user', { id: 'm', user: { id: 'a' }, joined: true }, { queueId: 'q-1', agentId: 'a', joined: true }],
    ['without a user', { id: 'a', joined: false, more: 7 }, { queueId: 'q-1', agentId: 'a', joined: false }],
    [
      'of another queue in the body',
      { id: 'a', queueId: 'x', joined: true },
      { queueId: 'q-1', agentId: 'a', joined: true },
    ],
    ['without joined', { id: 'a' }, undefined],
    ['with joined as text', { id: 'a', joined: 'false' }, undefined],
    ['without an agent', { joined: true }, undefined],
  ])('are read %s', (_name, body, expected) => {
    expect(parse(body)).toEqual(expected);
  });

  it('have the queue in their body if the topic has a literal {id}', () => {
    const topic = 'v2.routing.queues.{id}.users';
    expect(parse({ id: 'a', queueId: 'q-2', joined: true }, topic)).toMatchObject({ queueId: 'q-2' });
    expect(parse({ id: 'a', joined: true }, topic)).toBeUndefined();
  });
});

describe('the active queues of an activity event', () => {
  const atMs = Date.UTC(2026, 0, 2);
  const dateActiveQueuesChanged = new Date(atMs).toISOString();

  it.each([
    ['a list', { activeQueueIds: ['q-1'], dateActiveQueuesChanged }, { queueIds: ['q-1'], atMs }],
    ['an empty list', { activeQueueIds: [], dateActiveQueuesChanged }, { queueIds: [], atMs }],
    ['no list', { dateActiveQueuesChanged }, undefined],
    ['null', { activeQueueIds: null, dateActiveQueuesChanged }, undefined],
    ['a list of another shape', { activeQueueIds: [{}], dateActiveQueuesChanged }, undefined],
    ['no time', { activeQueueIds: ['q-1'] }, undefined],
    ['a time that is no time', { activeQueueIds: ['q-1'], dateActiveQueuesChanged: 'soon' }, undefined],
  ])('are those of %s', (_name, body, expected) => {
    expect(activeQueues(body)).toEqual(expected);
  });
});
