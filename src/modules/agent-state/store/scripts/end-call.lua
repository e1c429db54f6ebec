-- Ends the confirmed lock of a call that has ended. A lock that is not confirmed stays.
--
-- KEYS[1]  locks
-- KEYS[2]  known
-- KEYS[3]  agent
-- KEYS[4]  queues of the agent
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] leases
-- KEYS[48] the mark of the event
-- KEYS[49…] free agents of the queues
--
-- ARGV[1]  agent
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
-- ARGV[3]  token
-- ARGV[4]  how long the event is remembered, milliseconds
-- ARGV[5…] the queues of the last keys
--
-- Returns 1 when a confirmed lock ended, 0 when the token holds no confirmed lock, 2 when the event
-- is a duplicate.
-- Returns nil when the agent is in a further queue.

local locks, agentKey, leases, mark, agent = KEYS[1], KEYS[3], KEYS[47], KEYS[48], ARGV[1]
if redis.call('EXISTS', mark) == 1 then return 2 end
local lock = activeLock(locks, agent, ARGV[3])
local isConfirmed = lock and lock.state == 'h'
local memberships, _, ordinal = readMemberships(KEYS[4], 49)
if not memberships then return false end
if isConfirmed then
  local plan = planUnlock(locks, leases, agent, agentKey, memberships, ordinal, lock, tonumber(ARGV[2]), true)
  unlock(locks, leases, agent, agentKey, lock, plan)
end
redis.call('SET', mark, '1', 'PX', ARGV[4])
return isConfirmed and 1 or 0
