-- Functions of the two claim scripts. This text is put in front of `claim-agent.lua` and of
-- `claim-by-skill.lua`, and is no script alone. Both have the same ARGV[1] to ARGV[11] and the same
-- KEYS[1] to KEYS[6]. With ARGV[10], their last two keys are the regions of agents and the silenced
-- agents.

local locks, known, leases, free, roster, freeBits = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local queue, staleMs, call, caller = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local silent, silentAfterMs = isSet(ARGV[10]) and ARGV[10], tonumber(ARGV[11])
local regions, silencedKey = KEYS[#KEYS - 1], KEYS[#KEYS]
local soonest, lastFence, lines
local dropped, unsettled, silenced = {}, {}, {}
-- Lua passes at most about 8,000 values to a function. Even, because `silenced` holds pairs.
local MOST_UNPACKED = 1000

-- Returns the reply of a claim that needs no free agent; nil: the claim needs one.
local function earlierReply()
  soonest = redis.call('ZRANGE', leases, '0', '0', 'WITHSCORES')[2]
  if soonest and tonumber(soonest) <= now then
    return { 4, unpack(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 16)) }
  end
  local closed
  lastFence, lines, closed = unpack(redis.call('HMGET', locks, ':fence', ':' .. call, ':closed'))
  if closed then return { 5 } end
  for line in string.gmatch(lines or '', '[^\n]+') do
    local lineCaller, token, agent = string.match(line, '^(%S+) (%S+) (.+)$')
    local lock = lineCaller == caller and activeLock(locks, agent, token)
    if lock then
      return { 2, agent, token, lock.fence, lock.untilMs - now, lock.queue, lock.state == 'p' and 1 or 0 }
    end
  end
  return nil
end

-- Reads for many agents what `isClaimable` needs.
local function readReports(agents)
  local locked, reports = redis.call('HMGET', locks, unpack(agents)), redis.call('ZMSCORE', known, unpack(agents))
  for index = 1, #agents do reports[index] = { isLocked = locked[index], ms = reports[index] } end
  return reports
end

-- The agent at a position. Returns nil if the position belongs to no agent. Then it is dropped.
local function agentAt(position, record)
  local agent = record and agentOf(record)
  if not agent then dropped[#dropped + 1] = position end
  return agent
end

-- Whether the agent of a position can be claimed. An agent that cannot is added to `dropped`,
-- `unsettled` or `silenced`. `report` is that of `readReports`; nil: it is read here.
local function isClaimable(agent, position, record, report)
  local isLocked
  if report then isLocked = report.isLocked
  else isLocked = redis.call('HEXISTS', locks, agent) == 1 end
  if isLocked then
    dropped[#dropped + 1] = position
    return false
  end
  local reportedMs = tonumber(report and report.ms or not report and redis.call('ZSCORE', known, agent))
  local isOld = string.sub(record, 1, 7) ~= string.sub(position, 1, 7)
  if isOld or not reportedMs or reportedMs + staleMs <= now then
    unsettled[#unsettled + 1] = position .. ' ' .. agent
    return false
  end
  local region = silent and reportedMs + silentAfterMs <= now and redis.call('HGET', regions, agent)
  if region and isSilent(region, silent) then
    dropped[#dropped + 1] = position
    silenced[#silenced + 1] = 0
    silenced[#silenced + 1] = region .. ' ' .. agent
    return false
  end
  return true
end

-- A key of another type fails here, before the first write.
local function readSilenced()
  if silenced[1] then redis.call('ZSCORE', silencedKey, silenced[2]) end
end

-- An agent is remembered before its position is deleted.
local function drop()
  for first = 1, #silenced, MOST_UNPACKED do
    redis.call('ZADD', silencedKey, unpack(silenced, first, math.min(#silenced, first + MOST_UNPACKED - 1)))
  end
  if silenced[1] then redis.call('PEXPIRE', silencedKey, TTL_MS) end
  for first = 1, #dropped, MOST_UNPACKED do
    redis.call('ZREM', free, unpack(dropped, first, math.min(#dropped, first + MOST_UNPACKED - 1)))
  end
end

-- Locks the agent, and returns the reply. `lockedQueue` is the queue of the lock, with the rule and
-- the score of a claim by skill.
local function take(agent, position, lockedQueue)
  readSilenced()
  -- If Redis has lost the last fence, the fence starts again at the server's clock, in steps of
  -- 10 us. This fence is greater than the lost fence on two conditions. The tenant made fewer than
  -- 100,000 claims per second. The clock is behind the clock of the server that gave the lost fence
  -- by less than the time from that claim to this claim. A fence has 15 digits; integers of Genesys
  -- Architect are said to have at most 15.
  local clock = time[1] * 100000 + math.floor(time[2] / 10)
  local fence = math.max((tonumber(lastFence) or 0) + 1, tonumber(ARGV[9]) + 1, clock)
  local fenceText = string.format('%.0f', fence)
  local untilMs = string.format('%.0f', now + ARGV[7])
  local lock = {
    token = ARGV[6], fence = fenceText, untilMs = untilMs, queue = lockedQueue, state = ARGV[8] == '1' and 'p' or 'n',
    call = call, caller = caller, callId = ARGV[5],
  }
  local fields = { agent, lockText(lock), ':fence', fenceText }
  if call ~= '-' then
    local all = otherCallers(lines, caller)
    all[#all + 1] = caller .. ' ' .. ARGV[6] .. ' ' .. agent
    fields[5], fields[6] = ':' .. call, table.concat(all, '\n')
  end

  -- The entry in `leases` comes first: a lock without it would never end.
  redis.call('ZADD', leases, untilMs, agent)
  redis.call('HSET', locks, unpack(fields))
  -- New keys have no TTL yet; keys in use get a new TTL with every 64th fence.
  if not soonest or fence % 64 == 0 then
    redis.call('PEXPIRE', leases, TTL_MS)
    redis.call('PEXPIRE', locks, TTL_MS)
  end
  redis.call('SETBIT', freeBits, string.sub(position, ORDINAL_AT), '0')
  dropped[#dropped + 1] = position
  drop()
  return { 1, agent, ARGV[6], fenceText, tonumber(ARGV[7]), lockedQueue, lock.state == 'p' and 1 or 0 }
end
