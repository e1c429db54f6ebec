import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { Crm } from './crm.js';
import { openParts, startServices, type StopLater } from './parts.js';
import type { ProofStage } from './parts.js';
import { MessageCutter } from './message-cutter.js';
import { declarationFile } from './lookup-variants.js';

/** Three processes on one Redis and one CRM, with the proxies that inject faults. */
export interface Stage extends ProofStage {
  readonly redis: TestRedis;
  /** Carries all traffic between the first process and Redis. */
  readonly link: ChaosProxy;
  /** Stands between the second process and Redis, and disturbs only messages. */
  readonly messages: MessageCutter;
}

export function openStage(): Promise<Stage> {
  return openParts(build);
}

async function build(stopLater: StopLater): Promise<Omit<Stage, 'stop'>> {
  const crm = await stopLater(Crm.start());
  const redis = await stopLater(startRedis());
  const link = await stopLater(startProxy(redis.port));
  const messages = await stopLater(MessageCutter.start(redis.port));
  const yaml = declarationFile(crm.url);
  const services = await startServices(stopLater, yaml, {
    'behind the link': link.url(),
    'behind the cutter': messages.url,
    quiet: redis.url,
  });
  return { crm, redis, link, messages, ...services };
}
