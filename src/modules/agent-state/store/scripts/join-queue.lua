-- Makes an agent a member of a queue, or changes its priority there.
--
-- ARGV[3]  queue
-- ARGV[4]  agent
-- ARGV[5]  priority score
-- ARGV[6]  the same as ten digits that sort alike
-- ARGV[7]  the most queues of one agent
-- ARGV[8]  the most members of one queue
--
-- Returns 1, or 0 when there would be too many.

local queues, members, free = queuesKey(ARGV[4]), membersKey(ARGV[3]), freeKey(ARGV[3])
local before = redis.call('HGET', queues, ARGV[3])
if not before then
  if redis.call('HLEN', queues) >= tonumber(ARGV[7]) then return 0 end
  if redis.call('ZCARD', members) >= tonumber(ARGV[8]) then return 0 end
end
redis.call('HSET', queues, ARGV[3], ARGV[6])
redis.call('ZADD', members, ARGV[5], ARGV[4])
local since = redis.call('HGET', agentKey(ARGV[4]), 'i')
if since and since ~= '' then
  if before then redis.call('ZREM', free, before .. since .. ':' .. ARGV[4]) end
  redis.call('ZADD', free, 0, ARGV[6] .. since .. ':' .. ARGV[4])
  redis.call('PEXPIRE', free, KEEP_MS)
end
return 1
