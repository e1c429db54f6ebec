-- Ends expired locks, deletes agents whose last report is too old, and counts the other agents.
--
-- ARGV[3]  most locks to end, and most agents to delete
-- ARGV[4]  age of the last report from which an agent is deleted, milliseconds
--
-- Queue memberships stay: callers declare them, platforms do not report them.
--
-- Returns { locks ended, AVAILABLE, BUSY, OFFLINE }.

local expired = endExpiredLocks(tonumber(ARGV[3]))
local counts, known = tenantKey('counts'), tenantKey('known')
for _, agent in ipairs(redis.call('ZRANGEBYSCORE', known, '-inf', now - ARGV[4], 'LIMIT', 0, ARGV[3])) do
  unlock(agent, false)
  updateQueues(agent)
  local status = redis.call('HGET', agentKey(agent), 's')
  if status then redis.call('HINCRBY', counts, status, -1) end
  redis.call('DEL', agentKey(agent))
  redis.call('ZREM', known, agent)
end
local byStatus = redis.call('HMGET', counts, 'AVAILABLE', 'BUSY', 'OFFLINE')
return { expired, tonumber(byStatus[1] or 0), tonumber(byStatus[2] or 0), tonumber(byStatus[3] or 0) }
