import { describe, expect, it } from '@jest/globals';
import { parseCxoneState } from '../../../src/vendors/cxone/cxone-states.js';
import { presenceAvailability, routingAvailability } from '../../../src/vendors/genesys/genesys-statuses.js';
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
  ])('the presence %s is %s', (word, availability) => {
    expect(presenceAvailability(word)).toBe(availability);
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
  ])('the routing status %s is %s', (word, availability) => {
    expect(routingAvailability(word)).toBe(availability);
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
  ])('the CXone state %s is %s and %s', (id, name, availability) => {
    expect(parseCxoneState(id, false)).toEqual({ availability, raw: name });
    expect(parseCxoneState(name, false)).toEqual({ availability, raw: name });
    const wrappingUp =
      availability === 'off' ? { availability, raw: name } : { availability: 'busy', raw: `${name} ACW` };
    expect(parseCxoneState(id, true)).toEqual(wrappingUp);
  });

  it.each(['9', '-1', '', 'Gone', '1.0', '01'])('an unknown CXone state is refused: %j', (word) => {
    expect(parseCxoneState(word, false)).toBeUndefined();
  });
});

describe('statusParts', () => {
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
  ])('the Datadip status %s sets the whole state', (status, presence, routing) => {
    expect(of(status)).toMatchObject({
      presence: { availability: presence, raw: status },
      routing: { availability: routing },
      work: { availability: 'free' },
    });
  });

  it('an agent in wrap-up is busy', () => {
    expect(of('AVAILABLE', 'other', true)).toMatchObject({ routing: { availability: 'busy' } });
    expect(of('1', 'cxone', true)).toMatchObject({ routing: { availability: 'busy' } });
    expect(of('Available', 'cxone')).toMatchObject({ routing: { availability: 'free' } });
  });

  it('a Genesys Cloud status sets its own part', () => {
    expect(of('ON_QUEUE')).toEqual({ presence: { atMs: 1_700_000_000_000, availability: 'free', raw: 'ON_QUEUE' } });
    expect(of('Not Responding', 'genesys')).toMatchObject({ routing: { availability: 'busy' } });
    expect(of('IDLE')).toMatchObject({ routing: { availability: 'free' } });
  });

  it('a timestamp is read as seconds or milliseconds', () => {
    expect(of('IDLE', 'other', false, 1_700_000_000)).toEqual(of('IDLE', 'other', false, 1_700_000_000_000));
    expect(of('IDLE', 'other', false, 1_700_000_000.5)?.routing?.atMs).toBe(1_700_000_000_500);
  });

  it.each(['', 'READY?', 'toString', '7'])('an unknown status is refused: %j', (status) => {
    expect(of(status)).toBeUndefined();
  });
});
