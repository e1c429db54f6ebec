-- Claims the first free agent of a queue, after ending expired locks.
--
-- ARGV[3]  queue
-- ARGV[4]  hash of the call id; empty: each request claims another agent
-- ARGV[5]  call id
-- ARGV[6]  token of the lock
-- ARGV[7]  how long the lock lasts without a confirmation, milliseconds
-- ARGV[8]  '1' when the claim stays pending until `resolve-claim.lua` resolves it
--
-- Returns { kind, expired locks ended, ... }.
--
--   { 0, expired }  the queue has no free agent
--
--   { 3, expired }  64 agents were skipped and more may follow: call again
--
--   { 1, expired, agent, token, fence, remaining ms, queue, 1 when pending }  claimed
--
--   { 2, the same fields }  claimed before for this call

-- Ten Redis calls per agent of one queue. Each costs 1 to 2 us together with its Lua code; half of
-- that is memory access that misses the processor's caches.
local expired, soonest = 0, redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
if soonest and tonumber(soonest) <= now then
  expired = endExpiredLocks(16)
  soonest = false
end

if ARGV[4] ~= '' then
  local earlier = redis.call('GET', callKey(ARGV[4]))
  local token, agent = string.match(earlier or '', '^(%S+) (.+)$')
  if token then
    local lock = redis.call('HMGET', agentKey(agent), 'lt', 'lf', 'lu', 'lq', 'lp')
    if lock[1] == token and tonumber(lock[3]) > now then
      return { 2, expired, agent, token, lock[2], lock[3] - now, lock[4], lock[5] and 1 or 0 }
    end
  end
end

local free = freeKey(ARGV[3])
for _ = 1, 64 do
  local position = redis.call('ZPOPMIN', free)[1]
  if not position then return { 0, expired } end
  -- A position is ten digits of priority score, thirteen digits of idle time, a colon, and the
  -- agent id.
  local agent = string.sub(position, 25)
  local key = agentKey(agent)
  -- An agent in `free` is available and not locked, because `updateQueues` runs with each change.
  -- Only a lapse of time can make it stale.
  local idleSince, reportedMs = unpack(redis.call('HMGET', key, 'i', 'h'))
  if idleSince == string.sub(position, 11, 23) and reportedMs + staleMs > now then
    local fence = redis.call('INCR', tenantKey('fence'))
    -- A lost fence starts again at the server's clock, in steps of 10 us. It is greater than before
    -- as long as the tenant made fewer than 100,000 claims per second. It has 15 digits; integers
    -- of Genesys Architect are said to end there.
    if fence < 1000000000000 then
      fence = time[1] * 100000 + math.floor(time[2] / 10)
      redis.call('SET', tenantKey('fence'), string.format('%.0f', fence), 'PX', TTL_MS)
    end
    local refreshTtl = fence % 64 == 0
    fence = string.format('%d', fence)
    local untilMs = string.format('%d', now + ARGV[7])
    local lock = { 'lt', ARGV[6], 'lf', fence, 'lu', untilMs, 'lq', ARGV[3], 'i', '' }
    local pending = ARGV[8] == '1'
    if pending then
      lock[11], lock[12] = 'lp', '1'
    end
    if ARGV[4] ~= '' then
      for _, text in ipairs({ 'lc', ARGV[5], 'lk', ARGV[4] }) do lock[#lock + 1] = text end
      redis.call('SET', callKey(ARGV[4]), ARGV[6] .. ' ' .. agent, 'PX', ARGV[7])
    end
    redis.call('HSET', key, unpack(lock))
    redis.call('ZADD', leases, untilMs, agent)
    -- A new set has no TTL yet; a set in use gets a new TTL with every 64th fence.
    if not soonest or refreshTtl then redis.call('PEXPIRE', leases, TTL_MS) end
    removeFromFree(agent, idleSince, ARGV[3])
    return { 1, expired, agent, ARGV[6], fence, tonumber(ARGV[7]), ARGV[3], pending and 1 or 0 }
  end
  -- The agent is stale, or the position does not match the agent's hash.
  updateQueues(agent)
end
return { 3, expired }
