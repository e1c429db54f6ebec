import type { RedisConnection } from './redis-connection.js';
import { faultOf } from './redis-fault.js';
import { PROBE_KEY } from './write-check.js';

/**
 * The permissions that Datadip needs of Redis, as rules of `ACL SETUSER`.
 * `docs/operations/redis-user.md` has the whole command. `test/integration/redis-user.spec.ts` runs
 * the service with it.
 */
export const KEY_PATTERNS: readonly string[] = ['cust*', 'agent*', 'queue:*', 'budget:*', 'datadip-*'];
export const CHANNEL_PATTERN = 'datadip:*';

/** Commands with a key, and arguments that follow the key in a harmless trial. */
const KEY_COMMANDS: readonly (readonly [name: string, ...args: string[]])[] = [
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
  ['incr'],
  ['decr'],
  ['set', '1', 'px', '1000'],
  ['del'],
];

/** Commands without a key. `+select` is needed only for another database than 0. */
const OTHER_COMMANDS: readonly string[] = [
  ...['ping', 'info', 'time', 'eval', 'evalsha', 'publish', 'subscribe', 'select', 'wait'],
  ...['cluster|slots', 'cluster|nodes', 'cluster|info', 'asking', 'readonly', 'readwrite'],
];

export const COMMANDS: readonly string[] = [...new Set([...KEY_COMMANDS.map(([name]) => name), ...OTHER_COMMANDS])];

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
 */
export async function missingPermissions({ link }: RedisConnection): Promise<string[]> {
  const { client, cluster } = link;
  const keys = KEY_PATTERNS.map((pattern) => pattern.replace('*', pattern.endsWith(':*') ? 'probe' : '-probe'));
  const probes =
    cluster === undefined ? [PROBE_KEY] : [...cluster.masters()].flatMap((name) => cluster.keyOn(name) ?? []);
  const args = KEY_COMMANDS.flatMap(([name, ...rest]) => [name, rest.length, ...rest]);
  const missing = await Promise.all([
    ...keys.map((key, at) => refusal(client.exists(key), `~${KEY_PATTERNS[at] ?? ''}`)),
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
