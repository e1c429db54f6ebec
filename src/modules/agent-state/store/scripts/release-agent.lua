-- Ends a lock for its owner.
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
-- ARGV[4]  'back' moves the agent behind the free agents of its queues, 'place' keeps its position
-- ARGV[5…] the queues of the last keys
--
-- Returns 1, or 0 when the token holds no lock.
-- Returns nil when the agent is in a further queue.

local locks, agentKey, leases, agent = KEYS[1], KEYS[3], KEYS[47], ARGV[1]
local lock = activeLock(locks, agent, ARGV[3])
if not lock then return 0 end
local memberships, _, ordinal = readMemberships(KEYS[4], 48)
if not memberships then return false end
local toTheBack = ARGV[4] == 'back'
local plan = planUnlock(locks, leases, agent, agentKey, memberships, ordinal, lock, tonumber(ARGV[2]), toTheBack)
unlock(locks, leases, agent, agentKey, lock, plan)
return 1
