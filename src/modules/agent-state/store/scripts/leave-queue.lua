-- Removes an agent from a queue. The agent's lock stays.
--
-- ARGV[3]  queue
-- ARGV[4]  agent
--
-- Returns 1, or 0 when the agent was not a member.

local score = redis.call('HGET', queuesKey(ARGV[4]), ARGV[3])
if not score then return 0 end
local idleSince = redis.call('HGET', agentKey(ARGV[4]), 'i')
if idleSince and idleSince ~= '' then redis.call('ZREM', freeKey(ARGV[3]), score .. idleSince .. ':' .. ARGV[4]) end
redis.call('HDEL', queuesKey(ARGV[4]), ARGV[3])
redis.call('ZREM', membersKey(ARGV[3]), ARGV[4])
return 1
