-- Claims the first free agent of a queue.
--
-- KEYS[1]  locks: hash, as `shared.lua` describes it
-- KEYS[2]  known: sorted set of agents by last report, server ms
-- KEYS[3]  leases: sorted set of locked agents by the end of their lock, server ms
-- KEYS[4]  the free agents of the queue
-- KEYS[5]  only with ARGV[10]: regions of agents
-- KEYS[6]  only with ARGV[10]: silenced agents
--
-- ARGV[1]  queue
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
-- ARGV[3]  hash of the call id; `-`: each request claims another agent
-- ARGV[4]  hash of the caller
-- ARGV[5]  call id
-- ARGV[6]  token of the lock
-- ARGV[7]  how long the lock lasts without a confirmation, milliseconds
-- ARGV[8]  '1' when the claim stays pending until `resolve-claim.lua` resolves it
-- ARGV[9]  the greatest fence that the process has seen, or that another home of the tenant gave
-- ARGV[10] silent regions, `|eu|us|`. The claim skips agents of these regions. Not given: none
-- ARGV[11] only with ARGV[10]: age of the last report from which the claim skips such an agent,
--          milliseconds
--
-- The script knows no keys of agents. An agent in the set is free, unless it is locked or stale:
-- locks and reports are in keys of the tenant. A claim from one queue leaves the agent's positions
-- in its other queues. A later claim from another queue deletes the position there. The end of the
-- lock restores all positions.
--
-- Returns one of these lists:
--
-- - { 0 }: the queue has no free agent.
-- - { 1, agent, token, fence, remaining ms, queue, 1 when pending }: the agent was claimed.
-- - { 2, the same fields }: the agent was claimed before for this call of this caller.
-- - { 3, position, … }: the agents of these positions are stale or not known. Settle them, then
--   call again.
-- - { 3 }: the claim skipped as many agents as one call looks at. Call again.
-- - { 4, agent, … }: the locks of these agents have expired. Settle the agents, then call again.
-- - { 5 }: claims of the tenant are closed, because another region is its home.

local locks, known, leases, free = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local queue, staleMs, call, caller = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local soonest = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
if soonest and tonumber(soonest) <= now then
  return { 4, unpack(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 16)) }
end

local lastFence, lines, closed = unpack(redis.call('HMGET', locks, ':fence', ':' .. call, ':closed'))
if closed then return { 5 } end
for line in string.gmatch(lines or '', '[^\n]+') do
  local lineCaller, token, agent = string.match(line, '^(%S+) (%S+) (.+)$')
  local lock = lineCaller == caller and activeLock(locks, agent, token)
  if lock then
    return { 2, agent, token, lock.fence, lock.untilMs - now, lock.queue, lock.state == 'p' and 1 or 0 }
  end
end

local silent, silentAfterMs = ARGV[10], tonumber(ARGV[11])
-- Agents of a silent region are many at a time, and each costs four reads.
local most = silent and 512 or 64
local claimed, claimedPosition
local dropped, unsettled, silenced = {}, {}, {}
for index = 0, most - 1 do
  if #unsettled == 64 then break end
  local position = redis.call('ZRANGE', free, index, index)[1]
  if not position then break end
  local agent = string.sub(position, 25)
  if redis.call('HEXISTS', locks, agent) == 1 then
    dropped[#dropped + 1] = position
  else
    local reportedMs = tonumber(redis.call('ZSCORE', known, agent))
    local isStale = not reportedMs or reportedMs + staleMs <= now
    local region = silent and not isStale and reportedMs + silentAfterMs <= now and redis.call('HGET', KEYS[5], agent)
    if isStale then
      unsettled[#unsettled + 1] = position
    elseif region and isSilent(region, silent) then
      dropped[#dropped + 1] = position
      silenced[#silenced + 1] = 0
      silenced[#silenced + 1] = region .. ' ' .. agent
    else
      claimed, claimedPosition = agent, position
      break
    end
  end
end
-- A key of another type fails here, before the first write.
if silenced[1] then redis.call('ZSCORE', KEYS[6], silenced[2]) end
-- An agent is remembered before its position is deleted.
local function drop()
  if silenced[1] then
    redis.call('ZADD', KEYS[6], unpack(silenced))
    redis.call('PEXPIRE', KEYS[6], TTL_MS)
  end
  if #dropped > 0 then redis.call('ZREM', free, unpack(dropped)) end
end

-- An agent that is not settled may be the first free agent of the queue.
if #unsettled > 0 or not claimed then
  drop()
  if #unsettled > 0 or #dropped == most then return { 3, unpack(unsettled) } end
  return { 0 }
end

-- A lost fence starts again at the server's clock, in steps of 10 us. The new fence is greater than
-- the lost one, as long as the tenant made fewer than 100,000 claims per second. A fence has 15
-- digits; integers of Genesys Architect are said to have at most 15.
local clock = time[1] * 100000 + math.floor(time[2] / 10)
local fence = math.max((tonumber(lastFence) or 0) + 1, tonumber(ARGV[9]) + 1, clock)
local fenceText = string.format('%.0f', fence)
local untilMs = now + ARGV[7]
local lock = {
  token = ARGV[6], fence = fenceText, untilMs = untilMs, queue = queue, state = ARGV[8] == '1' and 'p' or 'n',
  call = call, caller = caller, callId = ARGV[5],
}
local fields = { claimed, lockText(lock), ':fence', fenceText }
if call ~= '-' then
  local all = otherCallers(lines, caller)
  all[#all + 1] = caller .. ' ' .. ARGV[6] .. ' ' .. claimed
  fields[5], fields[6] = ':' .. call, table.concat(all, '\n')
end

-- The entry in `leases` comes first: a lock without it would never end.
redis.call('ZADD', leases, untilMs, claimed)
redis.call('HSET', locks, unpack(fields))
-- New keys have no TTL yet; keys in use get a new TTL with every 64th fence.
if not soonest or fence % 64 == 0 then
  redis.call('PEXPIRE', leases, TTL_MS)
  redis.call('PEXPIRE', locks, TTL_MS)
end
dropped[#dropped + 1] = claimedPosition
drop()
return { 1, claimed, ARGV[6], fenceText, tonumber(ARGV[7]), queue, lock.state == 'p' and 1 or 0 }
