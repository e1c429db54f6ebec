import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { Crm } from './crm.js';
import { DatadipService } from './datadip-service.js';
import { MessageCutter } from './message-cutter.js';
import { waysDeclared } from './ways.js';

/** Three processes on one Redis and one CRM, with everything between them that can be troubled. */
export interface Stage {
  readonly crm: Crm;
  readonly redis: TestRedis;
  /** All that stands between the first process and Redis. */
  readonly link: ChaosProxy;
  /** Between the second process and Redis, for messages alone. */
  readonly messages: MessageCutter;
  /** Both are asked and told. */
  readonly busy: readonly [DatadipService, DatadipService];
  /** Is only told, now and then: what others find out from their callers, it does not. */
  readonly quiet: DatadipService;
  stop(): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const opened: Stoppable[] = [];
  const stop = async (): Promise<void> => {
    for (const one of opened.toReversed()) await one.stop();
  };
  try {
    return { ...(await build(opened)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(opened: Stoppable[]): Promise<Omit<Stage, 'stop'>> {
  const keep = async <T extends Stoppable>(opening: Promise<T>): Promise<T> => {
    const one = await opening;
    opened.push(one);
    return one;
  };
  const crm = await keep(Crm.start());
  const redis = await keep(startRedis());
  const link = await keep(startProxy(redis.port));
  const messages = await keep(MessageCutter.start(redis.port));
  const yaml = waysDeclared(crm.url);
  const service = (name: string, redisUrl: string) => keep(DatadipService.start({ name, yaml, redisUrl }));
  const starting = [
    service('behind the link', link.url()),
    service('behind the cutter', messages.url),
    service('quiet', redis.url),
  ] as const;
  // Where one fails, the others are up before they are stopped.
  await Promise.allSettled(starting);
  const [first, second, quiet] = await Promise.all(starting);
  return { crm, redis, link, messages, busy: [first, second], quiet };
}
