import { describe, expect, it } from '@jest/globals';
import { Deadline } from '../../../src/kernel/deadline.js';
import { Hmac } from '../../../src/kernel/hmac.js';
import { claimRequest } from '../../../src/modules/agent-state/internal/home-request.js';
import type { DatadipRequest } from '../../../src/platform/http/request-context.js';
import { ForwardedCallers } from '../../../src/regions/forwarded-callers.js';
import { ManualClock } from '../../support/manual-clock.js';

const requestWith = (headers: Record<string, string>): DatadipRequest =>
  ({
    ...{ caller: { name: 'us-region' }, deadline: new Deadline(new ManualClock(), 2500) },
    get: (name: string) => headers[name],
  }) as unknown as DatadipRequest;
const [TENANT, CALL] = ['10001', 'call-1'];
const callersOf = (region: string, secret = 'shared-secret') => new ForwardedCallers(new Hmac(secret), region);
const read = (headers: Record<string, string>) => claimRequest(requestWith(headers), TENANT, CALL, callersOf('eu'));
const CLAIM = { tenant: TENANT, caller: 'architect', callId: CALL };
const signedWith = (signature: string, more: Record<string, string> = {}) =>
  read({
    ...{ 'x-datadip-forwarded': 'us', 'x-datadip-caller': 'architect', 'x-datadip-caller-signature': signature },
    ...more,
  }).caller;

describe('a request about agents', () => {
  it('of a caller has the name and the deadline of the caller', () => {
    const { caller, isForwarded, deadline } = read({ 'x-datadip-caller': 'other', 'x-datadip-deadline-ms': '1' });
    expect([caller, isForwarded, deadline.remainingMs()]).toEqual(['us-region', false, 2500]);
  });

  it('that another region has signed is of the caller that the region names', () => {
    expect(signedWith(callersOf('us').sign(CLAIM, 'eu'))).toBe('architect');
  });

  it.each([
    ['another secret', callersOf('us', 'other').sign(CLAIM, 'eu')],
    ['another home', callersOf('us').sign(CLAIM, 'ap')],
    ['another region', callersOf('ap').sign(CLAIM, 'eu')],
    ['another tenant', callersOf('us').sign({ ...CLAIM, tenant: '20002' }, 'eu')],
    ['another caller', callersOf('us').sign({ ...CLAIM, caller: 'desk' }, 'eu')],
    ['another call', callersOf('us').sign({ ...CLAIM, callId: 'call-2' }, 'eu')],
    ['no form', ''],
    ['no Latin letters', 'é'.repeat(64)],
  ])('with a signature of %s is of no caller of this region', (_what, signature) => {
    expect(signedWith(signature)).toBe('us-region architect');
  });

  it('that another region forwards without a signature has both names', () => {
    const { caller, isForwarded, deadline } = read({
      ...{ 'x-datadip-forwarded': 'us', 'x-datadip-caller': 'architect', 'x-datadip-deadline-ms': '700' },
    });
    expect([caller, isForwarded, deadline.remainingMs()]).toEqual(['us-region architect', true, 700]);
  });

  it.each(['', 'two names', 'x'.repeat(65), 'é'])('drops the malformed name %j', (name) => {
    expect(read({ 'x-datadip-forwarded': 'us', 'x-datadip-caller': name }).caller).toBe('us-region ');
  });

  it.each(['', '-1', '1e9', 'soon', '99999'])('never waits longer for %j', (ms) => {
    const { deadline } = read({ 'x-datadip-forwarded': 'us', 'x-datadip-deadline-ms': ms });
    expect(deadline.remainingMs()).toBe(2500);
  });
});
