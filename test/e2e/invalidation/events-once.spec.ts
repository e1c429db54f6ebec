import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { ADA, BOB, NEW_NAME } from './crm.js';
import { Scene, WAYS } from './scene.js';

const TWO_ON_REDIS = (): string[] => [sharedRedisUrl(), sharedRedisUrl()];

describe.each([
  ['one process alone', () => ['memory']],
  ['two processes on one Redis', TWO_ON_REDIS],
])('an event, %s,', (_where, stores) => {
  let scene: Scene;
  const open = async (): Promise<void> => {
    scene = await Scene.open({ store: stores() });
  };
  const last = (): number => scene.processes.length - 1;
  afterEach(() => scene.stop());

  it('is carried out once, and known for a duplicate afterwards with what it did then', async () => {
    await open();
    await scene.keep('phone');
    await scene.keep('email');
    const eventId = randomUUID();
    expect((await scene.forget({ eventId })).json).toEqual({ invalidated: 2, duplicate: false });
    await scene.keep();
    for (const at of [0, last()]) {
      const again = await scene.forget({ eventId }, at);
      expect(again).toMatchObject({ status: 200, json: { invalidated: 2, duplicate: true } });
    }
    expect((await scene.ask()).json).toMatchObject({ source: 'cache' });
    expect(scene.audits).toHaveLength(1);
    expect(await scene.counted('webhook', 'done')).toBe(1);
    expect(await scene.counted('webhook', 'duplicate')).toBe(2);
  });

  it('leaves one audit line, delivered twenty times at once', async () => {
    await open();
    await scene.keep();
    scene.crm.marryAda();
    const eventId = randomUUID();
    const deliveries = Array.from({ length: 20 }, (_, time) =>
      scene.forget({ eventId }, time % scene.processes.length),
    );
    const answers = await Promise.all(deliveries);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter(({ json }) => json?.duplicate === false)).toHaveLength(1);
    expect(scene.audits).toHaveLength(1);
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('is never a duplicate without an id', async () => {
    await open();
    for (let times = 0; times < 2; times += 1) {
      await scene.keep();
      expect((await scene.forget()).json).toEqual({ invalidated: 1, duplicate: false });
    }
    expect(scene.audits).toHaveLength(2);
  });

  it('is never a duplicate where its id is a number of more digits than a number holds', async () => {
    await open();
    // Both are read as 2 to the power of 60.
    for (const eventId of [2 ** 60, 2 ** 60 + 1]) {
      await scene.keep();
      expect((await scene.forget({ eventId })).json).toEqual({ invalidated: 1, duplicate: false });
    }
  });

  it('of another id is another event', async () => {
    await open();
    for (const eventId of ['e-1', 'e-2']) {
      await scene.keep();
      expect((await scene.forget({ eventId })).json).toEqual({ invalidated: 1, duplicate: false });
    }
  });
});

describe('the audit line', () => {
  let scene: Scene;
  afterEach(() => scene.stop());

  it('says who, for whom, which event, what was done and how it ended, in hashes', async () => {
    scene = await Scene.open({ store: 'memory' });
    await scene.keep();
    await scene.mustForget({ eventId: 'e-1', critical: true });
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

  it('names a customer alike in every line, and two customers differently', async () => {
    scene = await Scene.open({ store: 'memory' });
    for (const customerId of [ADA.id, ` ${ADA.id}`, BOB.id]) await scene.mustForget({ customerId });
    const [first, second, third] = scene.audits.map(({ customer }) => customer);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

describe('no log line', () => {
  it('shows who was asked for, who was invalidated, or by which event', async () => {
    const scene = await Scene.open({ store: TWO_ON_REDIS(), env: { LOG_LEVEL: 'trace' } });
    const [eventId, envelopeId, tooLong] = ['event-of-ada', 'envelope-of-ada', 'x'.repeat(321)];
    try {
      for (const way of WAYS) await scene.keep(way);
      for (const at of [0, 1]) await scene.forget({ eventId }, at);
      await scene.eventBridge({
        id: envelopeId,
        source: 'aws.partner/genesys.com/cloud/ada-organisation/bus',
        detail: { topicName: `v2.externalcontacts.contacts.${ADA.id}`, eventBody: { id: ADA.id, firstName: 'Ada' } },
      });
      await scene.forget({ customerId: tooLong });
      await scene.forget({ tenantId: 'tenant-of-ada' });
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
      for (const identifier of [...identifiers, tooLong, 'tenant-of-ada', 'ada-organisation'])
        expect(logged).not.toContain(identifier);
      expect(scene.audits).toHaveLength(2);
    } finally {
      await scene.stop();
    }
  });
});
