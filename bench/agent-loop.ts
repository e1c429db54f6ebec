import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';

/** The first of the queue that are looked at before the queue is read anew. */
const READ = 20;
const LOCK_S = 10;

/**
 * What is usually written: read the head of the queue, ask each one's status, set a lock if there is none. With one kindness, that who is
 * locked leaves the queue: else twenty locks would close it.
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
