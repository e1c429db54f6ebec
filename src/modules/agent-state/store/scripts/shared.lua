-- Functions and key names that the scripts of this folder share. This text is prepended to each
-- script and is no script alone.
--
-- KEYS[1]  leases: sorted set of the tenant's locked agents; score: when the lock expires, Unix ms
-- ARGV[1]  the tenant's hash tag with its braces. Every other key contains it, so all keys are in
--          one cluster slot
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
--
-- Fields of an agent's hash:
--
--   p r w c  registers of presence, routing, work and call:
--            `<13 digits of ms><availability>|<platform>|<region>|<raw>`
--
--   s        status: AVAILABLE, BUSY or OFFLINE
--   t        time of the newest register, 13 digits of ms
--
--   b        the agent counts as idle since this time at the earliest, 13 digits of ms
--   h        time of the last report, server ms
--
--   m        a complete reading of the platform missed the agent at this time, server ms
--   g        '1' when the platform no longer has the agent; the status is then OFFLINE
--
--   i        idle time in the agent's queue positions; empty or missing: the agent is not free
--
--   lt lf    lock: token, fence
--
--   lu lq    lock: expiry in server ms, queue
--   lc lk    lock: call id, hash of the call id
--   lh lp    lock: '1' when confirmed, '1' while pending
--
-- The call ids in c and lc may be encrypted; no script reads them.

local tag, staleMs, leases = ARGV[1], tonumber(ARGV[2]), KEYS[1]
local TTL_MS = 2592000000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function agentKey(agent) return 'agent:' .. tag .. ':' .. agent end
local function queuesKey(agent) return 'agent:' .. tag .. ':' .. agent .. ':queues' end
local function membersKey(queue) return 'queue:' .. tag .. ':' .. queue .. ':agents' end
local function freeKey(queue) return 'queue:' .. tag .. ':' .. queue .. ':free' end
local function callKey(hash) return 'agent-call:' .. tag .. ':' .. hash end
local function tenantKey(name) return 'agents:' .. tag .. ':' .. name end
local function timeDigits(ms) return string.format('%013.0f', ms) end

-- Returns true if the event was seen before, and remembers the event.
local function isDuplicate(eventHash, deduplicationMs)
  return not redis.call('SET', 'agent-event:' .. tag .. ':' .. eventHash, '1', 'PX', deduplicationMs, 'NX')
end

-- Removes the agent from the free agents of all its queues except `keptQueue`. `idleSince` is the
-- time in its positions.
local function removeFromFree(agent, idleSince, keptQueue)
  local queues = redis.call('HGETALL', queuesKey(agent))
  for index = 1, #queues, 2 do
    if queues[index] ~= keptQueue then
      redis.call('ZREM', freeKey(queues[index]), queues[index + 1] .. idleSince .. ':' .. agent)
    end
  end
end

-- Adds the agent to the free agents of all its queues, or removes it, as its state demands.
local function updateQueues(agent)
  local key = agentKey(agent)
  local state = redis.call('HMGET', key, 's', 't', 'b', 'h', 'lt', 'i')
  local currentSince, idleSince = state[6], false
  if currentSince == '' then currentSince = false end
  if state[1] == 'AVAILABLE' and not state[5] and state[4] + staleMs > now then
    idleSince = state[2]
    if state[3] and state[3] > idleSince then idleSince = state[3] end
  end
  if idleSince == currentSince then return end
  if currentSince then removeFromFree(agent, currentSince) end
  redis.call('HSET', key, 'i', idleSince or '')
  if not idleSince then return end
  local queues = redis.call('HGETALL', queuesKey(agent))
  for index = 1, #queues, 2 do
    local free = freeKey(queues[index])
    redis.call('ZADD', free, 0, queues[index + 1] .. idleSince .. ':' .. agent)
    redis.call('PEXPIRE', free, TTL_MS)
  end
end

-- Deletes the key of the call, so that the next claim of the call claims another agent.
local function detachCall(agent, token, callHash)
  if callHash and redis.call('GET', callKey(callHash)) == token .. ' ' .. agent then
    redis.call('DEL', callKey(callHash))
  end
end

-- Ends the agent's lock, whatever its token. `toTheBack` moves the agent behind the free agents of
-- its queues.
local function unlock(agent, toTheBack)
  local key = agentKey(agent)
  local lock = redis.call('HMGET', key, 'lt', 'lk')
  redis.call('ZREM', leases, agent)
  if not lock[1] then return end
  detachCall(agent, lock[1], lock[2])
  redis.call('HDEL', key, 'lt', 'lf', 'lu', 'lq', 'lc', 'lk', 'lh', 'lp')
  if toTheBack then redis.call('HSET', key, 'b', timeDigits(now)) end
  updateQueues(agent)
end

-- Ends at most `limit` expired locks, and returns how many.
local function endExpiredLocks(limit)
  local expired = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, limit)
  for _, agent in ipairs(expired) do unlock(agent, true) end
  return #expired
end
