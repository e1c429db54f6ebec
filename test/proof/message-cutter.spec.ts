import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { MessageCutter } from './message-cutter.js';

const CHANNEL = 'message-cutter.spec';

let cutter: MessageCutter;
let commands: Redis;
let listener: Redis;
let received: string[];

beforeEach(async () => {
  cutter = await MessageCutter.start(Number(new URL(sharedRedisUrl()).port));
  commands = new Redis(cutter.url);
  listener = new Redis(cutter.url, { retryStrategy: () => 20 });
  received = [];
  listener.on('error', () => undefined);
  listener.on('message', (_channel, message) => received.push(message));
  await listener.subscribe(CHANNEL);
});

afterEach(async () => {
  commands.disconnect();
  listener.disconnect();
  await cutter.stop();
});

describe('the message cutter', () => {
  it('holds messages in order until it may pass them, while commands pass', async () => {
    cutter.hold();
    await commands.publish(CHANNEL, 'one');
    await commands.publish(CHANNEL, 'two');
    expect(await commands.ping()).toBe('PONG');
    expect(received).toEqual([]);

    cutter.pass();

    await eventually(() => expect(received).toEqual(['one', 'two']));
  });

  it('loses messages and refuses new subscriptions until it may pass them, while commands pass', async () => {
    cutter.refuse();
    await eventually(async () => expect(await commands.publish(CHANNEL, 'lost')).toBe(0));

    cutter.pass();

    await eventually(async () => expect(await commands.publish(CHANNEL, 'received')).toBe(1));
    await eventually(() => expect(received).toContain('received'));
  });
});
