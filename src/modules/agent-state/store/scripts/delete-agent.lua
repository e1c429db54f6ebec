-- Deletes an agent whose last report is too old. The agent's queue memberships stay, because
-- callers declare them and platforms do not report them.
--
-- KEYS[1]  locks
-- KEYS[2]  known
-- KEYS[3]  agent
-- KEYS[4]  queues of the agent
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] leases
-- KEYS[48] counts
-- KEYS[49] profiles
-- KEYS[50…] the regions of agents and the silenced agents, only with ARGV[3]; then the free agents
--          of the queues
--
-- ARGV[1]  agent
-- ARGV[2]  age of the last report from which an agent is deleted, milliseconds
-- ARGV[3]  name of this region; empty: there is no other region
-- ARGV[4…] the queues
--
-- The entry in `known` is deleted last. If the script ends before, the next sweep deletes the agent
-- again.
--
-- Returns 1, or 0 when the agent was reported since.
-- Returns nil when the agent is in a further queue.

local locks, known, agentKey, leases, counts = KEYS[1], KEYS[2], KEYS[3], KEYS[47], KEYS[48]
local profiles, regions, silencedKey = KEYS[49], KEYS[50], KEYS[51]
local agent = ARGV[1]
local reportedMs = tonumber(redis.call('ZSCORE', known, agent))
if not reportedMs or reportedMs > now - ARGV[2] then return 0 end
local memberships, _, ordinal = readMemberships(KEYS[4], ARGV[3] == '' and 50 or 52)
if not memberships then return false end
local lock = parseLock(redis.call('HGET', locks, agent))
local status, idles = unpack(redis.call('HMGET', agentKey, 's', 'i'))
local plan = planPositions(ordinal, memberships, idles, nil)
local lines = lock and lock.call ~= '-' and redis.call('HGET', locks, ':' .. lock.call)
local others = lines and otherCallers(lines, lock.caller)
local isCounted = status and redis.call('HEXISTS', counts, status) == 1
local isLeased = redis.call('ZSCORE', leases, agent)
local region = ARGV[3] ~= '' and redis.call('HGET', regions, agent)
local silenced = region and region .. ' ' .. agent
local entry = readEntry(indexKeys(5), agent, ordinal)
local hired, calls = unpack(redis.call('HMGET', profiles, agent, ':' .. agent))
local isSilenced = silenced and redis.call('ZSCORE', silencedKey, silenced)

removePositions(plan)
if lock then
  detachCall(locks, lock, others)
  redis.call('HDEL', locks, agent)
end
if isLeased then redis.call('ZREM', leases, agent) end
if isSilenced then redis.call('ZREM', silencedKey, silenced) end
if region then redis.call('HDEL', regions, agent) end
if hired or calls then redis.call('HDEL', profiles, agent, ':' .. agent) end
redis.call('DEL', agentKey)
if entry then writeEntry(entry, 'O', nil, entry.last, 'states') end
if isCounted then redis.call('HINCRBY', counts, status, -1) end
redis.call('ZREM', known, agent)
return 1
