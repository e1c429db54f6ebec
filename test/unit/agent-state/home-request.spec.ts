import { describe, expect, it } from '@jest/globals';
import { Deadline } from '../../../src/kernel/deadline.js';
import { agentRequest } from '../../../src/modules/agent-state/internal/home-request.js';
import type { DatadipRequest } from '../../../src/platform/http/request-context.js';
import { ManualClock } from '../../support/manual-clock.js';

const requestWith = (headers: Record<string, string>): DatadipRequest =>
  ({
    ...{ caller: { name: 'us-region' }, deadline: new Deadline(new ManualClock(), 2500) },
    get: (name: string) => headers[name],
  }) as unknown as DatadipRequest;
const read = (headers: Record<string, string>) => agentRequest(requestWith(headers), '10001');

describe('a request about agents', () => {
  it('of a caller has the name and the deadline of the caller', () => {
    const { caller, isForwarded, deadline } = read({ 'x-datadip-caller': 'other', 'x-datadip-deadline-ms': '1' });
    expect([caller, isForwarded, deadline.remainingMs()]).toEqual(['us-region', false, 2500]);
  });

  it('that another region forwards has both names, so it is no caller of this region', () => {
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
