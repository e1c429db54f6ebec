-- Claims the first of a queue's line, after giving back what has run out.
--
-- ARGV[3]  queue
-- ARGV[4]  mark of the call; empty: the request cannot be told from another
-- ARGV[5]  the call
-- ARGV[6]  token of the lock
-- ARGV[7]  lease, milliseconds
-- ARGV[8]  '1' when the claim is pending until the platform was asked; `resolve-claim.lua` ends that
--
-- Returns { 0, given back } when nobody can be claimed, { 3, given back } when there is more to look through: ask again, else
-- { 1 claimed or 2 claimed before for this call, given back, agent, token, fence, ms left, queue, 1 when pending }.

-- Ten calls of Redis for an agent of one queue, 1 to 2 µs each with what Lua makes of it: half of them is memory no cache holds.
local back, soonest = 0, redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
if soonest and tonumber(soonest) <= now then
  back = giveBack(16)
  soonest = false
end

if ARGV[4] ~= '' then
  local before = redis.call('GET', callKey(ARGV[4]))
  local token, id = string.match(before or '', '^(%S+) (.+)$')
  if token then
    local lock = redis.call('HMGET', agentKey(id), 'lt', 'lf', 'lu', 'lq', 'lp')
    if lock[1] == token and tonumber(lock[3]) > now then
      return { 2, back, id, token, lock[2], lock[3] - now, lock[4], lock[5] and 1 or 0 }
    end
  end
end

local free = freeKey(ARGV[3])
for _ = 1, 64 do
  local first = redis.call('ZPOPMIN', free)[1]
  if not first then return { 0, back } end
  -- Ten digits of priority, thirteen of time, a colon.
  local id = string.sub(first, 25)
  local key = agentKey(id)
  -- Who stands where this says is available and not locked: `settle` sees to it, and only time can have passed since.
  local stands, heardMs = unpack(redis.call('HMGET', key, 'i', 'h'))
  if stands == string.sub(first, 11, 23) and heardMs + staleMs > now then
    local fence = redis.call('INCR', tenantKey('fence'))
    -- A fence that was lost begins anew at the server's clock: no tenant has claimed 100,000 agents a second since it last did. In
    -- steps of 10 us it has 15 digits; integers of Architect are said to end there.
    if fence < 1000000000000 then
      fence = time[1] * 100000 + math.floor(time[2] / 10)
      redis.call('SET', tenantKey('fence'), string.format('%.0f', fence), 'PX', KEEP_MS)
    end
    local refresh = fence % 64 == 0
    fence = string.format('%d', fence)
    local untilMs = string.format('%d', now + ARGV[7])
    local lock = { 'lt', ARGV[6], 'lf', fence, 'lu', untilMs, 'lq', ARGV[3], 'i', '' }
    local pending = ARGV[8] == '1'
    if pending then
      lock[11], lock[12] = 'lp', '1'
    end
    if ARGV[4] ~= '' then
      for _, text in ipairs({ 'lc', ARGV[5], 'lk', ARGV[4] }) do lock[#lock + 1] = text end
      redis.call('SET', callKey(ARGV[4]), ARGV[6] .. ' ' .. id, 'PX', ARGV[7])
    end
    redis.call('HSET', key, unpack(lock))
    redis.call('ZADD', leases, untilMs, id)
    -- A set that may be new has no lifetime yet; one that is used is given a new one now and then.
    if not soonest or refresh then redis.call('PEXPIRE', leases, KEEP_MS) end
    takeOut(id, stands, ARGV[3])
    return { 1, back, id, ARGV[6], fence, tonumber(ARGV[7]), ARGV[3], pending and 1 or 0 }
  end
  -- What an agent's own record does not know of stood here by mistake.
  settle(id)
end
return { 3, back }
