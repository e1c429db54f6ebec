import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { MessageCutter } from './message-cutter.js';

const CHANNEL = 'message-cutter.spec';

let cutter: MessageCutter;
let commands: Redis;
let listener: Redis;
let heard: string[];

beforeEach(async () => {
  cutter = await MessageCutter.start(Number(new URL(sharedRedisUrl()).port));
  commands = new Redis(cutter.url);
  listener = new Redis(cutter.url, { retryStrategy: () => 20 });
  heard = [];
  listener.on('error', () => undefined);
  listener.on('message', (_channel, message) => heard.push(message));
  await listener.subscribe(CHANNEL);
});

afterEach(async () => {
  commands.disconnect();
  listener.disconnect();
  await cutter.stop();
});

describe('the message cutter', () => {
  it('keeps messages back in their order, while commands pass', async () => {
    cutter.hold();
    await commands.publish(CHANNEL, 'one');
    await commands.publish(CHANNEL, 'two');
    expect(await commands.ping()).toBe('PONG');
    expect(heard).toEqual([]);

    cutter.pass();

    await eventually(() => expect(heard).toEqual(['one', 'two']));
  });

  it('loses messages, and keeps whoever listens from coming back, while commands pass', async () => {
    cutter.refuse();
    await eventually(async () => expect(await commands.publish(CHANNEL, 'lost')).toBe(0));

    cutter.pass();

    await eventually(async () => expect(await commands.publish(CHANNEL, 'heard')).toBe(1));
    await eventually(() => expect(heard).toContain('heard'));
  });
});
