-- Brings the positions of an agent in line with its stored state, and ends its lock if the lock has
-- expired. Running the script twice does no harm.
--
-- KEYS[1]  locks
-- KEYS[2]  known
-- KEYS[3]  agent
-- KEYS[4]  queues of the agent
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] leases
-- KEYS[48…] the regions of agents, only with ARGV[5]; the silenced agents, only with ARGV[6]; then
--          the free agents of the queues
--
-- ARGV[1]  agent
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
-- ARGV[3]  queue of a position that a claim found; empty: none
-- ARGV[4]  the position that the claim found, which is removed unless the agent must have it
-- ARGV[5]  name of this region; empty: there is no other region
-- ARGV[6]  member of the silenced agents that is removed when the positions are there; empty: none
-- ARGV[7…] the queues
--
-- Returns 1 when an expired lock ended, else 0.
-- Returns nil when the agent is in a further queue.

local locks, known, agentKey, leases = KEYS[1], KEYS[2], KEYS[3], KEYS[47]
local agent, staleMs = ARGV[1], tonumber(ARGV[2])
local regions, silenced, first = nil, nil, 48
if ARGV[5] ~= '' then regions, first = KEYS[first], first + 1 end
if ARGV[6] ~= '' then silenced, first = KEYS[first], first + 1 end
local memberships, sets, ordinal = readMemberships(KEYS[4], first)
if not memberships then return false end
local text = redis.call('HGET', locks, agent)
local lock = parseLock(text)
local found = ARGV[3] ~= '' and sets[ARGV[3]]
local state = redis.call('HMGET', agentKey, 's', 't', 'b', 'h', 'i', 'p', 'r', 'w', 'c')
local newest = ''
for index = 6, 9 do
  if state[index] and state[index] > newest then newest = state[index] end
end
local regionPlan = state[1] and planRegion(regions, agent, newest, ARGV[5])
local isSilenced = silenced and redis.call('ZSCORE', silenced, ARGV[6])

if lock and lock.untilMs <= now then
  local plan = planUnlock(locks, leases, agent, agentKey, memberships, ordinal, lock, staleMs, true)
  unlock(locks, leases, agent, agentKey, lock, plan)
  applyRegion(regionPlan)
  if isSilenced then redis.call('ZREM', silenced, ARGV[6]) end
  return 1
end

local reportedMs, knownMs = tonumber(state[4]), tonumber(redis.call('ZSCORE', known, agent))
local idleSince = idleTime(state[1], state[2], state[3], reportedMs, staleMs, lock)
local plan = planPositions(ordinal, memberships, state[5], idleSince)
redis.call('ZSCORE', leases, agent)
local entry = readEntry(indexKeys(5), agent, ordinal)
local isStale = not reportedMs or reportedMs + staleMs <= now
local isWrong = found and redis.call('ZSCORE', found, ARGV[4])
local current = ordinal and idleSince and packTime(idleSince) .. ordinal
for _, membership in ipairs(memberships) do
  if membership.free == found and ARGV[4] == current then isWrong = false end
end
for _, removal in ipairs(plan.removals) do
  if removal[1] == found and removal[2] == ARGV[4] then isWrong = false end
end

if reportedMs and reportedMs > (knownMs or 0) then redis.call('ZADD', known, reportedMs, agent) end
if state[1] then applyPlan(agentKey, plan, {}) end
if entry then writeEntry(entry, stateOf(state[1], isStale, lock, idleSince), idleSince, entry.last, 'all') end
if isWrong then redis.call('ZREM', found, ARGV[4]) end
if text and not lock then redis.call('HDEL', locks, agent) end
if lock then redis.call('ZADD', leases, lock.untilMs, agent)
else redis.call('ZREM', leases, agent) end
applyRegion(regionPlan)
if isSilenced then redis.call('ZREM', silenced, ARGV[6]) end
return 0
