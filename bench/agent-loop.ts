import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';

/** The number of agents that are tried before the queue is read again. */
const READ = 20;
const LOCK_S = 10;

/**
 * The usual loop: read the head of the queue, read the status of each agent, set a lock if the
 * agent has none. In one point the loop is better than usual: a locked agent leaves the queue.
 * Otherwise twenty locks would block the queue.
 */
export class AgentLoop {
  private readonly redis: Redis;

  constructor(redis: Redis) {
    this.redis = redis;
  }

  async fill(count: number): Promise<void> {
    const pipeline = this.redis.pipeline();
    for (let n = 0; n < count; n++) {
      pipeline.hset(`loop:agent:${n}`, { status: 'AVAILABLE', current_call_id: '', last_updated: n });
      pipeline.zadd('loop:queue', n, n).del(`loop:agent:${n}:lock`);
    }
    await pipeline.exec();
  }

  async claim(): Promise<string> {
    for (;;) {
      for (const id of await this.redis.zrange('loop:queue', 0, READ - 1)) {
        if ((await this.redis.hget(`loop:agent:${id}`, 'status')) !== 'AVAILABLE') continue;
        if ((await this.redis.set(`loop:agent:${id}:lock`, randomUUID(), 'EX', LOCK_S, 'NX')) !== 'OK') continue;
        await this.redis.zrem('loop:queue', id);
        return id;
      }
    }
  }
}
