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
  ])('maps the presence %s to %s', (presence, availability) => {
    expect(presenceAvailability(presence)).toBe(availability);
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
  ])('maps the routing status %s to %s', (status, availability) => {
    expect(routingAvailability(status)).toBe(availability);
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
  ])('maps the CXone state %s (%s) to %s', (id, name, availability) => {
    expect(parseCxoneState(id, false)).toEqual({ availability, raw: name });
    expect(parseCxoneState(name, false)).toEqual({ availability, raw: name });
    const wrappingUp =
      availability === 'off' ? { availability, raw: name } : { availability: 'busy', raw: `${name} ACW` };
    expect(parseCxoneState(id, true)).toEqual(wrappingUp);
  });

  it.each(['9', '-1', '', 'Gone', '1.0', '01'])('refuses an unknown CXone state: %j', (state) => {
    expect(parseCxoneState(state, false)).toBeUndefined();
  });
});

describe('statusParts', () => {
  const partsOf = (
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
  ])('reads the whole state from the Datadip status %s', (status, presence, routing) => {
    expect(partsOf(status)).toMatchObject({
      presence: { availability: presence, raw: status },
      routing: { availability: routing },
      work: { availability: 'free' },
    });
  });

  it('reads an agent in wrap-up as busy', () => {
    expect(partsOf('AVAILABLE', 'other', true)).toMatchObject({ routing: { availability: 'busy' } });
    expect(partsOf('1', 'cxone', true)).toMatchObject({ routing: { availability: 'busy' } });
    expect(partsOf('Available', 'cxone')).toMatchObject({ routing: { availability: 'free' } });
  });

  it('reads only its own part from a Genesys Cloud status', () => {
    expect(partsOf('ON_QUEUE')).toEqual({
      presence: { atMs: 1_700_000_000_000, availability: 'free', raw: 'ON_QUEUE' },
    });
    expect(partsOf('Not Responding', 'genesys')).toMatchObject({ routing: { availability: 'busy' } });
    expect(partsOf('IDLE')).toMatchObject({ routing: { availability: 'free' } });
  });

  it('reads a timestamp in seconds or milliseconds', () => {
    expect(partsOf('IDLE', 'other', false, 1_700_000_000)).toEqual(partsOf('IDLE', 'other', false, 1_700_000_000_000));
    expect(partsOf('IDLE', 'other', false, 1_700_000_000.5)?.routing?.atMs).toBe(1_700_000_000_500);
  });

  it.each(['', 'READY?', 'toString', '7'])('refuses an unknown status: %j', (status) => {
    expect(partsOf(status)).toBeUndefined();
  });
});
