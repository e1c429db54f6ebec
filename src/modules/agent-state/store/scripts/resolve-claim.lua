-- Resolves a pending claim with the claim verifier's verdict. Of several verdicts the first counts.
--
-- KEYS[1]  locks
-- KEYS[2]  known
-- KEYS[3]  agent
-- KEYS[4]  queues of the agent
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] leases
-- KEYS[48…] free agents of the queues
--
-- ARGV[1]  agent
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
-- ARGV[3]  token
-- ARGV[4]  'verified', or 'rejected' when the agent is not free
-- ARGV[5…] the queues of the last keys
--
-- A rejected claim is removed from its call. If the stored state still says AVAILABLE, that state
-- is newer than the platform's answer. The lock then stays until it expires, so that no other
-- caller claims the agent.
--
-- Returns 1, or 0 when no claim with this token is pending.
-- Returns nil when the agent is in a further queue.

local locks, agentKey, leases, agent = KEYS[1], KEYS[3], KEYS[47], ARGV[1]
local lock = activeLock(locks, agent, ARGV[3])
if not lock or lock.state ~= 'p' then return 0 end
if ARGV[4] == 'verified' then
  lock.state = 'n'
  redis.call('HSET', locks, agent, lockText(lock))
  return 1
end
local memberships, _, ordinal = readMemberships(KEYS[4], 48)
if not memberships then return false end
local status = redis.call('HGET', agentKey, 's')
local plan = planUnlock(locks, leases, agent, agentKey, memberships, ordinal, lock, tonumber(ARGV[2]), true)
if status == 'AVAILABLE' then
  detachCall(locks, lock, plan.otherCallers)
  lock.state, lock.call, lock.caller, lock.callId = 'n', '-', '-', ''
  redis.call('HSET', locks, agent, lockText(lock))
else
  unlock(locks, leases, agent, agentKey, lock, plan)
end
return 1
