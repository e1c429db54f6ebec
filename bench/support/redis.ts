import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { LOAD_CORE, type Stage } from './stage.ts';
import { pathOf } from './tools.ts';

export interface BenchRedis {
  readonly url: string;
  readonly client: Redis;
  /** The number of runs of a command so far, by its name in lower case. */
  calls(command: string): Promise<number>;
}

/** Starts an empty Redis for the bench, which writes nothing to disk. */
export async function startRedis(stage: Stage, name = 'redis'): Promise<BenchRedis> {
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', stage.scratch];
  const actor = stage.start({ name, core: LOAD_CORE, command: pathOf('redis-server'), args });
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, enableAutoPipelining: true });
  // The client ends with its server. `until` reports a server that does not start.
  client.on('error', () => undefined);
  void actor.exited.finally(() => client.disconnect()).catch(() => undefined);
  await stage.until(actor, () => client.ping());
  return { url: `redis://127.0.0.1:${port}`, client, calls: (command) => calls(client, command) };
}

async function calls(client: Redis, command: string): Promise<number> {
  const stats = await client.info('commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}
