-- What the scripts of this folder share. It is put before each of them, and is no script by itself.
--
-- KEYS[1]  leases: sorted set of the tenant's locked agents, by the moment the lock ends
-- ARGV[1]  the tenant's hash tag, braces included: every other key is made with it, so all are in one slot
-- ARGV[2]  for how long an agent counts as heard of, milliseconds
--
-- Fields of an agent: p r w c registers of presence, routing, work, call (`<13 digits of ms><verdict>|…`) · s status · t newest of the
-- registers · b not idle before · h heard of, server ms · i idle since, as it stands in the lines; empty or absent: it stands in none ·
-- lt lf lu lq lc lk lh lp lock: token, fence, until, queue, call, mark of the call, held, pending (until the platform was asked). The ids of
-- calls in c and lc may be sealed; no script reads them.

local tag, staleMs, leases = ARGV[1], tonumber(ARGV[2]), KEYS[1]
local KEEP_MS = 2592000000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function agentKey(id) return 'agent:' .. tag .. ':' .. id end
local function queuesKey(id) return 'agent:' .. tag .. ':' .. id .. ':queues' end
local function membersKey(queue) return 'queue:' .. tag .. ':' .. queue .. ':agents' end
local function freeKey(queue) return 'queue:' .. tag .. ':' .. queue .. ':free' end
local function callKey(mark) return 'agent-call:' .. tag .. ':' .. mark end
local function tenantKey(what) return 'agents:' .. tag .. ':' .. what end
local function digits(ms) return string.format('%013.0f', ms) end

-- Whether an event came before; from now on it has.
local function isRepeated(mark, rememberedMs)
  return not redis.call('SET', 'agent-event:' .. tag .. ':' .. mark, '1', 'PX', rememberedMs, 'NX')
end

-- Takes the agent out of the lines of all its queues but `except`; `stands` is where it stands there.
local function takeOut(id, stands, except)
  local queues = redis.call('HGETALL', queuesKey(id))
  for at = 1, #queues, 2 do
    if queues[at] ~= except then redis.call('ZREM', freeKey(queues[at]), queues[at + 1] .. stands .. ':' .. id) end
  end
end

-- Puts the agent into the lines of all its queues, or out of them, as its state demands.
local function settle(id)
  local key = agentKey(id)
  local state = redis.call('HMGET', key, 's', 't', 'b', 'h', 'lt', 'i')
  local stands, wanted = state[6], false
  if stands == '' then stands = false end
  if state[1] == 'AVAILABLE' and not state[5] and state[4] + staleMs > now then
    wanted = state[2]
    if state[3] and state[3] > wanted then wanted = state[3] end
  end
  if wanted == stands then return end
  if stands then takeOut(id, stands) end
  redis.call('HSET', key, 'i', wanted or '')
  if not wanted then return end
  local queues = redis.call('HGETALL', queuesKey(id))
  for at = 1, #queues, 2 do
    local free = freeKey(queues[at])
    redis.call('ZADD', free, 0, queues[at + 1] .. wanted .. ':' .. id)
    redis.call('PEXPIRE', free, KEEP_MS)
  end
end

-- The call is to be asked for anew.
local function forgetCall(id, token, mark)
  if mark and redis.call('GET', callKey(mark)) == token .. ' ' .. id then redis.call('DEL', callKey(mark)) end
end

-- Ends the lock, whoever holds it.
local function unlock(id, toTheBack)
  local key = agentKey(id)
  local lock = redis.call('HMGET', key, 'lt', 'lk')
  redis.call('ZREM', leases, id)
  if not lock[1] then return end
  forgetCall(id, lock[1], lock[2])
  redis.call('HDEL', key, 'lt', 'lf', 'lu', 'lq', 'lc', 'lk', 'lh', 'lp')
  if toTheBack then redis.call('HSET', key, 'b', digits(now)) end
  settle(id)
end

-- Ends locks that have run out, and returns how many.
local function giveBack(most)
  local over = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, most)
  for _, id in ipairs(over) do unlock(id, true) end
  return #over
end
