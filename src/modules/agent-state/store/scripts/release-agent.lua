-- Ends a lock for its owner.
--
-- ARGV[3]  agent
-- ARGV[4]  token
-- ARGV[5]  'back' moves the agent behind the free agents of its queues, 'place' keeps its position
--
-- Returns 1, or 0 when the token holds no lock.

local lock = redis.call('HMGET', agentKey(ARGV[3]), 'lt', 'lu')
if lock[1] ~= ARGV[4] or tonumber(lock[2]) <= now then return 0 end
unlock(ARGV[3], ARGV[5] == 'back')
return 1
