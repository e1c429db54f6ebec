-- Functions that the scripts of this folder share. This text is put in front of each script, and is
-- no script alone.
--
-- Laws of every script of this folder:
--
-- 1. A script uses only keys that are in KEYS. So if a slot of the cluster moves, Redis refuses the
--    script before its first command, and not between two commands.
-- 2. All reads and checks come before the first write. The scratch key of `index.lua` is no write
--    in this sense: no script relies on its content.
-- 3. No command uses a key that an earlier command of the script may have deleted. A set is deleted
--    with its last member, and while a slot moves, Redis refuses a key that does not exist.
-- 4. If a script ends after any of its writes, the next script that settles the agent repairs the
--    rest.
--
-- Fields of an agent's hash:
--
-- - p, r, w, c: registers of presence, routing, work and call, `<13 digits of
--   ms><availability>|<platform>|<region>|<raw>`
-- - s: status: AVAILABLE, BUSY or OFFLINE
-- - t: time of the newest register, 13 digits of ms
-- - b: the earliest time since which the agent counts as idle, 13 digits of ms
-- - h: time of the last report, server ms
-- - m: a complete reading of the platform missed the agent at this time, server ms
-- - g: '1' when the platform no longer has the agent; the status is then OFFLINE
-- - i: the idle times for which the agent may have positions, 13 digits each, the current one
--   first. Empty or missing: the agent has no position
--
-- With several regions, the hash of regions has a field per agent whose newest register comes from
-- another region. The value is the name of that region. An agent without a field counts as heard.
-- The field `:` holds the name of this region, so that the key always exists. While a slot moves,
-- Redis refuses a script if one of its keys does not exist. With a single region, no script
-- declares the key.
--
-- A claim skips an agent whose region is silent, unless the agent was reported lately. The claim
-- deletes the agent's position in its queue and adds the agent to the set of silenced agents, as
-- `<region> <agent>`. When the region is heard again, `settle-agent.lua` adds the position again
-- and removes the agent from the set. Until then, an agent of the set may lack positions.
--
-- The hash of an agent's queues has one field per queue. The field holds priority scores of ten
-- characters each. The first is the current score. The others are older scores for which the agent
-- may still have a position in the queue. The source of the membership follows:
--
-- - nothing: a caller declared the membership
-- - `u`: a caller declared the membership without a score. The score is that of the rule
-- - `r`: only the platform has the membership. 13 digits of ms follow, the time of the change
-- - `b`: both. The same time follows, then the score of the read membership
-- - `c`: both, and the declaration has no score. The same time follows
--
-- The sorted set of left memberships has a member `<queue> <agent>` per read membership that ended.
-- Its score is the time of the end. So an older join does not bring the membership back.
--
-- A position is a member of a queue's set of free agents. It has ten digits of priority score,
-- thirteen digits of idle time, a colon, and the agent id. The score is one of the scores in the
-- hash of the agent's queues. The idle time is one of those in field i of the agent's hash. So a
-- script finds every position of an agent without a search. A locked agent may still have
-- positions: a claim that finds such a position in its queue deletes it.
--
-- The hash of locks has four kinds of fields:
--
-- - <agent>: the lock of the agent, as `lockText` writes it. The queue of a claim by skill is
--   followed by `|<rule>|<score>`
-- - :<call hash>: the locks of the call, one line per caller: `<caller hash> <token> <agent>`
-- - :fence: the last fence of the tenant
-- - :closed: '1' while no agent of the tenant is claimed in this region
--
-- The call ids in register c and in a lock may be encrypted; no script reads them.

local TTL_MS = 2592000000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function isSet(field) return field and field ~= '' end
local function timeDigits(ms) return string.format('%013.0f', ms) end

-- `state` is `p` while the claim is pending, `h` when the lock is confirmed, `n` otherwise. `call`
-- and `caller` are hashes, `-` without a call.
local function lockText(lock)
  return table.concat({
    lock.token, lock.fence, string.format('%.0f', lock.untilMs), lock.queue, lock.state, lock.call, lock.caller,
    lock.callId,
  }, ' ')
end

local function parseLock(text)
  local token, fence, untilMs, queue, state, call, caller, callId =
    string.match(text or '', '^(%S+) (%d+) (%d+) (%S+) (%a) (%S+) (%S+) (.*)$')
  if not token then return nil end
  return {
    token = token, fence = fence, untilMs = tonumber(untilMs), queue = queue, state = state, call = call,
    caller = caller, callId = callId,
  }
end

-- Returns the agent's lock if it has this token and has not expired.
local function activeLock(locks, agent, token)
  local lock = parseLock(redis.call('HGET', locks, agent))
  if lock and lock.token == token and lock.untilMs > now then return lock end
  return nil
end

-- The lines of a call's field without the line of this caller.
local function otherCallers(lines, caller)
  local others = {}
  for line in string.gmatch(lines or '', '[^\n]+') do
    if string.match(line, '^(%S+) ') ~= caller then others[#others + 1] = line end
  end
  return others
end

-- Returns the memberships of an agent: set of free agents and scores of each queue. Returns nil if
-- the agent is in a queue whose set is not declared. The sets are the last keys, from
-- `KEYS[first]`; their queues are the last arguments, in the same order.
local function readMemberships(queues, first)
  local sets, count = {}, #KEYS - first + 1
  for n = 1, count do sets[ARGV[#ARGV - count + n]] = KEYS[first + n - 1] end
  local stored, memberships = redis.call('HGETALL', queues), {}
  for index = 1, #stored, 2 do
    local free = sets[stored[index]]
    if not free then return nil, sets end
    memberships[#memberships + 1] = { free = free, scores = string.match(stored[index + 1], '^[%d.]+') }
  end
  return memberships, sets
end

-- The region of a register.
local function regionOf(register) return string.match(register or '', '^[^|]*|[^|]*|([^|]*)|') end

-- Whether a region is silent. `silent` is `|eu|us|`.
local function isSilent(region, silent) return region and string.find(silent, '|' .. region .. '|', 1, true) end

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
-- `idles` is field i of the agent. `idleSince` is the time of the new positions; nil: none.
local function planPositions(agent, memberships, idles, idleSince)
  local plan = { idleSince = idleSince or '', idles = idleSince or '', additions = {}, removals = {} }
  for _, membership in ipairs(memberships) do
    local free, scores = membership.free, membership.scores
    local current = idleSince and string.sub(scores, 1, 10) .. idleSince .. ':' .. agent
    if current and not redis.call('ZSCORE', free, current) then
      plan.additions[#plan.additions + 1] = { free, current }
    end
    for idle in string.gmatch(idles or '', '%d%d%d%d%d%d%d%d%d%d%d%d%d') do
      for at = 1, #scores, 10 do
        local position = string.sub(scores, at, at + 9) .. idle .. ':' .. agent
        if position ~= current and redis.call('ZSCORE', free, position) then
          plan.removals[#plan.removals + 1] = { free, position }
        end
      end
    end
  end
  if idleSince then
    for idle in string.gmatch(idles or '', '%d%d%d%d%d%d%d%d%d%d%d%d%d') do
      if idle ~= idleSince then plan.idles = plan.idles .. idle end
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
    redis.call('ZADD', addition[1], 0, addition[2])
    redis.call('PEXPIRE', addition[1], TTL_MS)
  end
  removePositions(plan)
  if plan.idles ~= plan.idleSince then redis.call('HSET', agentKey, 'i', plan.idleSince) end
end

-- Reads what `unlock` needs. The keys of the index begin at KEYS[5].
local function planUnlock(locks, leases, agent, agentKey, memberships, lock, staleMs, toTheBack)
  local state = redis.call('HMGET', agentKey, 's', 't', 'b', 'h', 'i')
  local notBefore = toTheBack and timeDigits(now) or state[3]
  local idleSince = idleTime(state[1], state[2], notBefore, tonumber(state[4]), staleMs, false)
  local lines = lock.call ~= '-' and redis.call('HGET', locks, ':' .. lock.call)
  local isStale = not state[4] or tonumber(state[4]) + staleMs <= now
  -- A read of a key of another type fails here, before the first write.
  redis.call('ZSCORE', leases, agent)
  return {
    positions = planPositions(agent, memberships, state[5], idleSince),
    stored = state[1],
    notBefore = toTheBack and notBefore,
    otherCallers = lines and otherCallers(lines, lock.caller),
    entry = readEntry(indexKeys(5), agent),
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
    local last = lock.state == 'h' and string.format('%.0f', now) or plan.entry.last
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
