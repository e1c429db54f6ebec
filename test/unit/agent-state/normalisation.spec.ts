import { describe, expect, it } from '@jest/globals';
import { cxoneState } from '../../../src/vendors/cxone/cxone-states.js';
import { presenceVerdict, routingVerdict } from '../../../src/vendors/genesys/genesys-statuses.js';
import { statusParts } from '../../../src/modules/agent-state/internal/status-event.js';

describe('a presence of Genesys Cloud', () => {
  it.each([
    ['On Queue', 'free'],
    ['ON_QUEUE', 'free'],
    ['OnQueue', 'free'],
    ['on queue', 'free'],
    ['Available', 'busy'],
    ['AVAILABLE', 'busy'],
    ['Away', 'busy'],
    ['AWAY', 'busy'],
    ['Break', 'busy'],
    ['Busy', 'busy'],
    ['Meal', 'busy'],
    ['Meeting', 'busy'],
    ['Training', 'busy'],
    ['Idle', 'busy'],
    ['Offline', 'off'],
    ['OFFLINE', 'off'],
    ['something new', 'busy'],
    ['constructor', 'busy'],
  ])('%s is %s', (word, verdict) => {
    expect(presenceVerdict(word)).toBe(verdict);
  });
});

describe('a routing status of Genesys Cloud', () => {
  it.each([
    ['IDLE', 'free'],
    ['Idle', 'free'],
    ['INTERACTING', 'busy'],
    ['COMMUNICATING', 'busy'],
    ['NOT_RESPONDING', 'busy'],
    ['Not Responding', 'busy'],
    ['OFF_QUEUE', 'off'],
    ['Off Queue', 'off'],
    ['something new', 'busy'],
  ])('%s is %s', (word, verdict) => {
    expect(routingVerdict(word)).toBe(verdict);
  });
});

describe('a state of CXone', () => {
  it.each([
    ['0', 'LoggedOut', 'off'],
    ['1', 'Available', 'free'],
    ['2', 'Unavailable', 'busy'],
    ['3', 'InboundContact', 'busy'],
    ['4', 'OutboundContact', 'busy'],
    ['5', 'InboundConsult', 'busy'],
    ['6', 'OutboundConsult', 'busy'],
    ['7', 'Dialer', 'busy'],
    ['8', 'LoggedIn', 'busy'],
  ])('%s is %s and %s', (id, name, verdict) => {
    expect(cxoneState(id, false)).toEqual({ verdict, raw: name });
    expect(cxoneState(name, false)).toEqual({ verdict, raw: name });
    const wrappingUp = verdict === 'off' ? { verdict, raw: name } : { verdict: 'busy', raw: `${name} ACW` };
    expect(cxoneState(id, true)).toEqual(wrappingUp);
  });

  it.each(['9', '-1', '', 'Gone', '1.0', '01'])('is none: %j', (word) => {
    expect(cxoneState(word, false)).toBeUndefined();
  });
});

describe('a status told by an event', () => {
  const of = (
    status: string,
    platform: 'genesys' | 'cxone' | 'other' = 'other',
    isAcw = false,
    timestamp = 1_700_000_000,
  ) => statusParts({ status, platform, isAcw, timestamp });

  it.each([
    ['AVAILABLE', 'free', 'free'],
    ['available', 'free', 'free'],
    ['BUSY', 'free', 'busy'],
    ['Offline', 'off', 'off'],
  ])('%s is the whole state', (status, presence, routing) => {
    expect(of(status)).toMatchObject({
      presence: { verdict: presence, raw: status },
      routing: { verdict: routing },
      work: { verdict: 'free' },
    });
  });

  it('is busy while they wrap up', () => {
    expect(of('AVAILABLE', 'other', true)).toMatchObject({ routing: { verdict: 'busy' } });
    expect(of('1', 'cxone', true)).toMatchObject({ routing: { verdict: 'busy' } });
    expect(of('Available', 'cxone')).toMatchObject({ routing: { verdict: 'free' } });
  });

  it('is a part of the state in the words of Genesys', () => {
    expect(of('ON_QUEUE')).toEqual({ presence: { atMs: 1_700_000_000_000, verdict: 'free', raw: 'ON_QUEUE' } });
    expect(of('Not Responding', 'genesys')).toMatchObject({ routing: { verdict: 'busy' } });
    expect(of('IDLE')).toMatchObject({ routing: { verdict: 'free' } });
  });

  it('has its time in seconds or milliseconds', () => {
    expect(of('IDLE', 'other', false, 1_700_000_000)).toEqual(of('IDLE', 'other', false, 1_700_000_000_000));
    expect(of('IDLE', 'other', false, 1_700_000_000.5)?.routing?.atMs).toBe(1_700_000_000_500);
  });

  it.each(['', 'READY?', 'toString', '7'])('is none we know: %j', (status) => {
    expect(of(status)).toBeUndefined();
  });
});
