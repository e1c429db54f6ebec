import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { raw } from '../../support/http.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { ADA, BOB, NEW_NAME } from './crm.js';
import { Scene, INPUTS } from './scene.js';

const TWO_ON_REDIS = (): string[] => [sharedRedisUrl(), sharedRedisUrl()];

describe.each([
  ['to one process', () => ['memory']],
  ['to two processes on one Redis', TWO_ON_REDIS],
])('an event %s', (_where, stores) => {
  let scene: Scene;
  const open = async (): Promise<void> => {
    scene = await Scene.open({ store: stores() });
  };
  const last = (): number => scene.processes.length - 1;
  afterEach(() => scene.stop());

  it('an event is processed once, and its repetition returns the same result as a duplicate', async () => {
    await open();
    await scene.askAndStore('phone');
    await scene.askAndStore('email');
    const eventId = randomUUID();
    expect((await scene.invalidate({ eventId })).json).toEqual({ invalidated: 2, duplicate: false });
    await scene.askAndStore();
    for (const at of [0, last()]) {
      const again = await scene.invalidate({ eventId }, at);
      expect(again).toMatchObject({ status: 200, json: { invalidated: 2, duplicate: true } });
    }
    expect((await scene.ask()).json).toMatchObject({ source: 'cache' });
    expect(scene.audits).toHaveLength(1);
    expect(await scene.counted('webhook', 'done')).toBe(1);
    expect(await scene.counted('webhook', 'duplicate')).toBe(2);
  });

  it('an event writes one audit line if it is delivered twenty times at once', async () => {
    await open();
    await scene.askAndStore();
    scene.crm.renameAda();
    const eventId = randomUUID();
    const deliveries = Array.from({ length: 20 }, (_, delivery) =>
      scene.invalidate({ eventId }, delivery % scene.processes.length),
    );
    const answers = await Promise.all(deliveries);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter(({ json }) => json?.duplicate === false)).toHaveLength(1);
    expect(scene.audits).toHaveLength(1);
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('an event without an id is never a duplicate', async () => {
    await open();
    for (let round = 0; round < 2; round += 1) {
      await scene.askAndStore();
      expect((await scene.invalidate()).json).toEqual({ invalidated: 1, duplicate: false });
    }
    expect(scene.audits).toHaveLength(2);
  });

  it('an event whose numeric id differs in the last digit is another event', async () => {
    await open();
    const send = (eventId: string) =>
      raw('POST', scene.url('/webhook/customer-updated'), `{"customerId":"${ADA.id}","eventId":${eventId}}`);
    // `JSON.parse` reads both numbers as 2 to the power of 60.
    for (const eventId of ['1152921504606846976', '1152921504606846977']) {
      await scene.askAndStore();
      expect((await send(eventId)).json).toEqual({ invalidated: 1, duplicate: false });
      expect((await send(eventId)).json).toMatchObject({ duplicate: true });
    }
  });

  it('an event with another id is another event', async () => {
    await open();
    for (const eventId of ['e-1', 'e-2']) {
      await scene.askAndStore();
      expect((await scene.invalidate({ eventId })).json).toEqual({ invalidated: 1, duplicate: false });
    }
  });
});

describe('the audit line of an invalidation', () => {
  let scene: Scene;
  afterEach(() => scene.stop());

  it('an audit line names caller, tenant, customer, event and outcome, with ids as hashes', async () => {
    scene = await Scene.open({ store: 'memory' });
    await scene.askAndStore();
    await scene.mustInvalidate({ eventId: 'e-1', critical: true });
    expect(scene.audits).toHaveLength(1);
    expect(scene.audits[0]).toMatchObject({
      audit: 'invalidation',
      source: 'webhook',
      caller: 'sandbox',
      tenant: '10001',
      customer: expect.stringMatching(/^[0-9a-f]{64}$/),
      event: expect.stringMatching(/^[0-9a-f]{64}$/),
      critical: true,
      invalidated: 1,
      outcome: 'invalidated',
    });
  });

  it('an audit line has the same hash for the same customer, and another hash for another customer', async () => {
    scene = await Scene.open({ store: 'memory' });
    for (const customerId of [ADA.id, ` ${ADA.id}`, BOB.id]) await scene.mustInvalidate({ customerId });
    const [first, second, third] = scene.audits.map(({ customer }) => customer);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

describe('the log of an invalidation', () => {
  it('no log line contains an identifier of the caller, the customer or the event', async () => {
    const scene = await Scene.open({ store: TWO_ON_REDIS(), env: { LOG_LEVEL: 'trace' } });
    const [eventId, envelopeId, tooLong] = ['event-of-ada', 'envelope-of-ada', 'x'.repeat(321)];
    try {
      for (const input of INPUTS) await scene.askAndStore(input);
      for (const at of [0, 1]) await scene.invalidate({ eventId }, at);
      await scene.eventBridge({
        id: envelopeId,
        source: 'aws.partner/genesys.com/cloud/ada-organization/bus',
        detail: { topicName: `v2.externalcontacts.contacts.${ADA.id}`, eventBody: { id: ADA.id, firstName: 'Ada' } },
      });
      await scene.invalidate({ customerId: tooLong });
      await scene.invalidate({ tenantId: 'tenant-of-ada' });
      await scene.eventBridge({ id: envelopeId });
      const logged = JSON.stringify(scene.processes.flatMap(({ logs }) => logs));
      const identifiers = [
        ADA.id,
        ADA.phone.slice(1),
        ADA.mobile.slice(1),
        ADA.email,
        ADA.firstName,
        ADA.lastName,
        eventId,
        envelopeId,
      ];
      for (const identifier of [...identifiers, tooLong, 'tenant-of-ada', 'ada-organization'])
        expect(logged).not.toContain(identifier);
      expect(scene.audits).toHaveLength(2);
    } finally {
      await scene.stop();
    }
  });
});
