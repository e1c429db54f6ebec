import type { RedisConnection } from './redis-connection.js';
import { faultOf } from './redis-fault.js';
import { PROBE_KEY } from './write-check.js';

/**
 * The permissions that Datadip needs of Redis, as rules of `ACL SETUSER`.
 * `docs/operations/redis-user.md` has the whole command. `test/integration/redis-user.spec.ts` runs
 * the service with it.
 */
export const KEY_PATTERNS: readonly string[] = ['cust*', 'agent*', 'queue:*', 'budget:*', 'datadip-*'];
/** The keys that only a service of several regions needs. */
export const REGION_KEY_PATTERNS: readonly string[] = ['outbox*', 'heard:*', 'region-*'];
export const CHANNEL_PATTERN = 'datadip:*';

type Trial = readonly [name: string, ...args: string[]];

/** Commands with a key, and arguments that follow the key in a harmless trial. */
const KEY_COMMANDS: readonly Trial[] = [
  ['get'],
  ['pttl'],
  ['exists'],
  ['hget', 'f'],
  ['hmget', 'f'],
  ['hexists', 'f'],
  ['hlen'],
  ['hkeys'],
  ['hgetall'],
  ['hset', 'f', '1'],
  ['hincrby', 'f', '1'],
  ['hdel', 'f'],
  ['pexpire', '1000'],
  ['del'],
  ['zadd', '1', 'm'],
  ['zcard'],
  ['zrange', '0', '0'],
  ['zrangebyscore', '0', '0'],
  ['zrem', 'n'],
  ['zremrangebyscore', '5', '6'],
  ['zscore', 'm'],
  ['zmscore', 'm'],
  ['incr'],
  ['decr'],
  ['set', '1', 'px', '1000'],
  ['del'],
  ['setbit', '0', '1'],
  ['getbit', '0'],
  ['bitcount'],
  ['bitpos', '0'],
  // The key stands in place of the operation, so the trial writes nothing.
  ['bitop', PROBE_KEY, PROBE_KEY],
  ['del'],
];

/** The commands that only a service of several regions needs. No trial creates a key. */
const REGION_KEY_COMMANDS: readonly Trial[] = [
  ['xadd', 'nomkstream', '*', 'f', '1'],
  ['xlen'],
  ['xrange', '-', '+'],
  ['xdel', '0-1'],
];

/** Commands without a key. `+select` is needed only for another database than 0. */
const OTHER_COMMANDS: readonly string[] = [
  ...['ping', 'info', 'time', 'eval', 'evalsha', 'publish', 'subscribe', 'select', 'wait'],
  ...['cluster|slots', 'cluster|nodes', 'cluster|info', 'asking', 'readonly', 'readwrite'],
];

export const COMMANDS: readonly string[] = [...new Set([...KEY_COMMANDS.map(([name]) => name), ...OTHER_COMMANDS])];
export const REGION_COMMANDS: readonly string[] = REGION_KEY_COMMANDS.map(([name]) => name);

/** Tries each command on one key, and returns the names of those that the user may not run. */
const TRIAL = `
local refused, at = {}, 1
while at <= #ARGV do
  local count = tonumber(ARGV[at + 1])
  local reply = redis.pcall(ARGV[at], KEYS[1], unpack(ARGV, at + 2, at + 1 + count))
  local text = type(reply) == 'table' and reply.err or ''
  if string.find(text, 'NOPERM', 1, true) or string.find(text, 'run this command', 1, true) then
    refused[#refused + 1] = ARGV[at]
  end
  at = at + 2 + count
end
return refused`;

/**
 * Tries what Datadip needs of Redis, on keys that no record has. Returns what is missing, as
 * rules of `ACL SETUSER`; nothing if the trial itself fails for another reason.
 *
 * @param hasRegions whether the service exchanges events with other regions
 */
export async function missingPermissions({ link }: RedisConnection, hasRegions: boolean): Promise<string[]> {
  const { client, cluster } = link;
  const patterns = hasRegions ? [...KEY_PATTERNS, ...REGION_KEY_PATTERNS] : KEY_PATTERNS;
  const trials = hasRegions ? [...KEY_COMMANDS, ...REGION_KEY_COMMANDS] : KEY_COMMANDS;
  const keys = patterns.map((pattern) => pattern.replace('*', pattern.endsWith(':*') ? 'probe' : '-probe'));
  const probes =
    cluster === undefined ? [PROBE_KEY] : [...cluster.masters()].flatMap((name) => cluster.keyOn(name) ?? []);
  const args = trials.flatMap(([name, ...rest]) => [name, rest.length, ...rest]);
  const missing = await Promise.all([
    ...keys.map((key, at) => refusal(client.exists(key), `~${patterns[at] ?? ''}`)),
    refusal(client.set(PROBE_KEY, '1', 'PX', 1000), '+set'),
    ...probes.map(async (key) => {
      const reply = await refusal(client.eval(TRIAL, 1, key, ...args), '+eval');
      return Array.isArray(reply) ? reply.map((name) => `+${String(name)}`) : (reply ?? []);
    }),
  ]);
  return [...new Set(missing.flat().filter((rule) => typeof rule === 'string' && /^[+~]/.test(rule)))] as string[];
}

/** Returns the rule if the user lacks a permission, else the reply. */
async function refusal<T>(command: Promise<T>, rule: string): Promise<T | string | undefined> {
  try {
    return await command;
  } catch (error) {
    return faultOf(error)?.code === 'NOPERM' ? rule : undefined;
  }
}
