import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { Crm } from './crm.js';
import { DatadipService } from './datadip-service.js';
import { MessageCutter } from './message-cutter.js';
import { declarationFile } from './lookup-variants.js';

/** Three processes on one Redis and one CRM, with the proxies that inject faults. */
export interface Stage {
  readonly crm: Crm;
  readonly redis: TestRedis;
  /** Carries all traffic between the first process and Redis. */
  readonly link: ChaosProxy;
  /** Stands between the second process and Redis, and disturbs only messages. */
  readonly messages: MessageCutter;
  /** Readers read from both processes, and writers notify both. */
  readonly busy: readonly [DatadipService, DatadipService];
  /** Writers notify this process now and then, but no reader reads from it. */
  readonly quiet: DatadipService;
  stop(): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const opened: Stoppable[] = [];
  const stop = async (): Promise<void> => {
    for (const resource of opened.toReversed()) await resource.stop();
  };
  try {
    return { ...(await build(opened)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(opened: Stoppable[]): Promise<Omit<Stage, 'stop'>> {
  const stopLater = async <T extends Stoppable>(opening: Promise<T>): Promise<T> => {
    const resource = await opening;
    opened.push(resource);
    return resource;
  };
  const crm = await stopLater(Crm.start());
  const redis = await stopLater(startRedis());
  const link = await stopLater(startProxy(redis.port));
  const messages = await stopLater(MessageCutter.start(redis.port));
  const yaml = declarationFile(crm.url);
  const service = (name: string, redisUrl: string) => stopLater(DatadipService.start({ name, yaml, redisUrl }));
  const starting = [
    service('behind the link', link.url()),
    service('behind the cutter', messages.url),
    service('quiet', redis.url),
  ] as const;
  // If one process fails to start, `stop` must find the others started.
  await Promise.allSettled(starting);
  const [first, second, quiet] = await Promise.all(starting);
  return { crm, redis, link, messages, busy: [first, second], quiet };
}
