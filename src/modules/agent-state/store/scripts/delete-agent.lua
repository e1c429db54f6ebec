-- Deletes an agent whose last report is too old. The agent's queue memberships stay, because
-- callers declare them and platforms do not report them.
--
-- KEYS[1] locks  KEYS[2] known  KEYS[3] agent  KEYS[4] queues of the agent  KEYS[5] leases
-- KEYS[6] counts
-- KEYS[7]… free agents of the queues
--
-- ARGV[1]  agent
-- ARGV[2]  age of the last report from which an agent is deleted, milliseconds
-- ARGV[3]… queues of KEYS[7]…
--
-- The entry in `known` goes last: until then, the next sweep deletes the agent again.
--
-- Returns 1, or 0 when the agent was reported since. Returns nil when the agent is in a further
-- queue.

local locks, known, agentKey, leases, counts = KEYS[1], KEYS[2], KEYS[3], KEYS[5], KEYS[6]
local agent = ARGV[1]
local reportedMs = tonumber(redis.call('ZSCORE', known, agent))
if not reportedMs or reportedMs > now - ARGV[2] then return 0 end
local memberships = readMemberships(KEYS[4], 7)
if not memberships then return false end
local lock = parseLock(redis.call('HGET', locks, agent))
local status, idles = unpack(redis.call('HMGET', agentKey, 's', 'i'))
local plan = planPositions(agent, memberships, idles, nil)
local lines = lock and lock.call ~= '-' and redis.call('HGET', locks, ':' .. lock.call)
local others = lines and otherCallers(lines, lock.caller)
local isCounted = status and redis.call('HEXISTS', counts, status) == 1
local isLeased = redis.call('ZSCORE', leases, agent)

removePositions(plan)
if lock then
  detachCall(locks, lock, others)
  redis.call('HDEL', locks, agent)
end
if isLeased then redis.call('ZREM', leases, agent) end
redis.call('DEL', agentKey)
if isCounted then redis.call('HINCRBY', counts, status, -1) end
redis.call('ZREM', known, agent)
return 1
