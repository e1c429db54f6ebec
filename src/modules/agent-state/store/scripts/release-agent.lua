-- Ends a lock by its owner.
--
-- ARGV[3]  agent
-- ARGV[4]  token
-- ARGV[5]  'back' when the agent is to go to the back of its lines, 'place' when it keeps its place
--
-- Returns 1, or 0 when the token is not that of a lock that stands.

local lock = redis.call('HMGET', agentKey(ARGV[3]), 'lt', 'lu')
if lock[1] ~= ARGV[4] or tonumber(lock[2]) <= now then return 0 end
unlock(ARGV[3], ARGV[5] == 'back')
return 1
