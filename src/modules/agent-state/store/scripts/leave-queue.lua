-- Ends an agent's membership of a queue. A lock it has stays.
--
-- ARGV[3]  queue
-- ARGV[4]  agent
--
-- Returns 1 when it was a member.

local before = redis.call('HGET', queuesKey(ARGV[4]), ARGV[3])
if not before then return 0 end
local since = redis.call('HGET', agentKey(ARGV[4]), 'i')
if since and since ~= '' then redis.call('ZREM', freeKey(ARGV[3]), before .. since .. ':' .. ARGV[4]) end
redis.call('HDEL', queuesKey(ARGV[4]), ARGV[3])
redis.call('ZREM', membersKey(ARGV[3]), ARGV[4])
return 1
