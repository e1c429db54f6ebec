-- Functions of the scripts that change an agent and its positions. This text is put in front of
-- them, and is no script alone. `shared.lua` describes the keys and the laws.

-- Returns the memberships of an agent, the sets by queue, and the ordinal of the agent, if it has
-- one. A membership has a set of free agents and a score. Returns nil if the agent is in a queue
-- whose set is not declared. The sets are the last keys, from `KEYS[first]`; their queues are the
-- last arguments, in the same order.
local function readMemberships(queues, first)
  local sets, count = {}, #KEYS - first + 1
  for n = 1, count do sets[ARGV[#ARGV - count + n]] = KEYS[first + n - 1] end
  local stored, memberships, ordinal = redis.call('HGETALL', queues), {}, nil
  for index = 1, #stored, 2 do
    local field, value = stored[index], stored[index + 1]
    if field == '#' then ordinal = value
    else
      local free = sets[field]
      if not free then return nil end
      memberships[#memberships + 1] = { free = free, score = string.sub(value, 1, 10) }
    end
  end
  return memberships, sets, ordinal
end

-- The region of a register.
local function regionOf(register) return string.match(register or '', '^[^|]*|[^|]*|([^|]*)|') end

-- Compares the agent's field in the hash of regions with its newest register. Only reads. `own` is
-- the name of this region; empty: there is no other region.
local function planRegion(regions, agent, newest, own)
  if own == '' then return nil end
  local region = regionOf(newest)
  if region == own or region == '' then region = nil end
  local before, mark = unpack(redis.call('HMGET', regions, agent, ':'))
  return { key = regions, agent = agent, region = region, before = before, own = own, mark = mark }
end

local function applyRegion(plan)
  if not plan then return end
  if plan.own ~= plan.mark then redis.call('HSET', plan.key, ':', plan.own) end
  if plan.region and plan.region ~= plan.before then redis.call('HSET', plan.key, plan.agent, plan.region)
  elseif plan.before and not plan.region then redis.call('HDEL', plan.key, plan.agent) end
  redis.call('PEXPIRE', plan.key, TTL_MS)
end

-- Since when an agent counts as idle; nil: the agent is not free.
local function idleTime(status, newest, notBefore, reportedMs, staleMs, locked)
  if status ~= 'AVAILABLE' or locked or not reportedMs or reportedMs + staleMs <= now then return nil end
  if notBefore and notBefore > newest then return notBefore end
  return newest
end

-- Compares the stored positions with those that the agent must have. Only reads.
--
-- `idles` is field i of the agent. `idleSince` is the time of the new positions; nil: none. Without
-- an ordinal, the agent has no positions yet.
local function planPositions(ordinal, memberships, idles, idleSince)
  local plan = { idleSince = idleSince or '', idles = idleSince or '', additions = {}, removals = {} }
  local current, former = ordinal and idleSince and packTime(idleSince) .. ordinal, {}
  for idle in string.gmatch(idles or '', '%d%d%d%d%d%d%d%d%d%d%d%d%d') do
    if idle ~= idleSince then
      if idleSince then plan.idles = plan.idles .. idle end
      if ordinal then former[#former + 1] = packTime(idle) .. ordinal end
    end
  end
  for _, membership in ipairs(memberships) do
    local free, score = membership.free, membership.score
    local stored = current and redis.call('ZSCORE', free, current)
    if current and tonumber(stored) ~= tonumber(score) then
      plan.additions[#plan.additions + 1] = { free, score, current }
    end
    for _, position in ipairs(former) do
      if redis.call('ZSCORE', free, position) then plan.removals[#plan.removals + 1] = { free, position } end
    end
  end
  return plan
end

local function removePositions(plan)
  for _, removal in ipairs(plan.removals) do redis.call('ZREM', removal[1], removal[2]) end
end

-- Writes a plan. `fields` are further fields and values of the agent's hash, written together with
-- field i.
--
-- An agent that is not free any more loses its positions before its hash changes. An agent that
-- becomes free gets its positions after its hash. Old positions are removed last: a set that has
-- the new position is not deleted with the old one.
local function applyPlan(agentKey, plan, fields)
  if plan.idleSince == '' then removePositions(plan) end
  fields[#fields + 1] = 'i'
  fields[#fields + 1] = plan.idles
  redis.call('HSET', agentKey, unpack(fields))
  if plan.idleSince == '' then return end
  for _, addition in ipairs(plan.additions) do
    redis.call('ZADD', unpack(addition))
    redis.call('PEXPIRE', addition[1], TTL_MS)
  end
  removePositions(plan)
  if plan.idles ~= plan.idleSince then redis.call('HSET', agentKey, 'i', plan.idleSince) end
end

-- Reads what `unlock` needs. The keys of the index begin at KEYS[5].
local function planUnlock(locks, leases, agent, agentKey, memberships, ordinal, lock, staleMs, toTheBack)
  local state = redis.call('HMGET', agentKey, 's', 't', 'b', 'h', 'i')
  local notBefore = toTheBack and timeDigits(now) or state[3]
  local idleSince = idleTime(state[1], state[2], notBefore, tonumber(state[4]), staleMs, false)
  local lines = lock.call ~= '-' and redis.call('HGET', locks, ':' .. lock.call)
  local isStale = not state[4] or tonumber(state[4]) + staleMs <= now
  -- A read of a key of another type fails here, before the first write.
  redis.call('ZSCORE', leases, agent)
  return {
    positions = planPositions(ordinal, memberships, state[5], idleSince),
    stored = state[1],
    notBefore = toTheBack and notBefore,
    otherCallers = lines and otherCallers(lines, lock.caller),
    entry = readEntry(indexKeys(5), agent, ordinal),
    state = stateOf(state[1], isStale, false, idleSince),
    idleSince = idleSince,
  }
end

-- Removes the lock from its call, so that the next claim of the call claims another agent.
local function detachCall(locks, lock, others)
  if not others then return end
  if #others > 0 then redis.call('HSET', locks, ':' .. lock.call, table.concat(others, '\n'))
  else redis.call('HDEL', locks, ':' .. lock.call) end
end

-- Ends the agent's lock, and gives the agent its positions again. The entry in `leases` goes last:
-- if the script ends before, the next claim of the tenant after the lease settles the agent.
local function unlock(locks, leases, agent, agentKey, lock, plan)
  detachCall(locks, lock, plan.otherCallers)
  redis.call('HDEL', locks, agent)
  local fields = {}
  if plan.notBefore then fields = { 'b', plan.notBefore } end
  if plan.stored then applyPlan(agentKey, plan.positions, fields) end
  if plan.entry then
    local last = lock.state == 'h' and packTime(now) or plan.entry.last
    writeEntry(plan.entry, plan.state, plan.idleSince, last, 'states')
  end
  redis.call('ZREM', leases, agent)
end

-- Whether the server uses more than 90 % of its memory. An administrator may forbid INFO; then the
-- memory counts as free.
local function isMemoryFull()
  local info = redis.pcall('INFO', 'memory')
  if type(info) ~= 'string' then return false end
  local used, most = string.match(info, 'used_memory:(%d+)'), string.match(info, 'maxmemory:(%d+)')
  return most ~= nil and tonumber(most) > 0 and tonumber(used) > 0.9 * tonumber(most)
end
