-- Adds an agent to a queue, or changes its priority score there.
--
-- ARGV[3]  queue
-- ARGV[4]  agent
-- ARGV[5]  priority score
-- ARGV[6]  priority score as ten digits that sort as the number does
-- ARGV[7]  most queues per agent
-- ARGV[8]  most members per queue
--
-- Returns 1, or 0 when a limit would be exceeded.

local queues, members, free = queuesKey(ARGV[4]), membersKey(ARGV[3]), freeKey(ARGV[3])
local scoreBefore = redis.call('HGET', queues, ARGV[3])
if not scoreBefore then
  if redis.call('HLEN', queues) >= tonumber(ARGV[7]) then return 0 end
  if redis.call('ZCARD', members) >= tonumber(ARGV[8]) then return 0 end
end
redis.call('HSET', queues, ARGV[3], ARGV[6])
redis.call('ZADD', members, ARGV[5], ARGV[4])
local idleSince = redis.call('HGET', agentKey(ARGV[4]), 'i')
if idleSince and idleSince ~= '' then
  if scoreBefore then redis.call('ZREM', free, scoreBefore .. idleSince .. ':' .. ARGV[4]) end
  redis.call('ZADD', free, 0, ARGV[6] .. idleSince .. ':' .. ARGV[4])
  redis.call('PEXPIRE', free, TTL_MS)
end
return 1
