-- Reads entries, and takes the lease of each where there is something to load and nobody is loading.
--
-- KEYS     entry keys, each once
-- ARGV     four for each key:
--   format the reader can serve; a value of another format counts as absent
--   lease token of the reader
--   lease, milliseconds
--   '1': the value proved unreadable, drop it first
--
-- Returns for each key { state, version, fresh for ms, value, detail, foreign }
--   state   0 nothing to load, 1 the lease is yours, 2 somebody else is loading, 3 backing off after a failure
--   value   '' when there is none; fresh for ms is then 0, and may be negative (stale) otherwise
--   detail  state 1: failures in a row before; state 3: the reason's word
--   foreign 1 when a key that is no hash stood in the way and was deleted
-- The last two are left out where the value is fresh.
--
-- Fields of the hash: f format, v value, x fresh until, z gone at, g version, l lease token, u lease until, b back-off until, e reason, n failures.
-- Times are this server's own clock, so that processes need not agree on theirs.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- What ends further ahead than any lease or back-off of ours was not written by us, or the clock has been set back since: it binds nobody.
local function ahead(moment) return moment ~= nil and now < moment and moment < now + 60000 end

-- The way of nearly all reads: five fields, and nothing written.
local function read(key, format, token, lease_for, discard)
  local held, foreign = redis.pcall('HMGET', key, 'f', 'v', 'x', 'z', 'g'), 0
  if held.err then
    redis.call('DEL', key)
    held, foreign = {}, 1
  end
  local version, value, fresh_for = held[5] or '', '', 0
  if discard == '1' then
    if held[2] then redis.call('HDEL', key, 'f', 'v', 'x', 'z') end
  elseif held[1] == format and held[2] and tonumber(held[3]) and now < (tonumber(held[4]) or 0) then
    value = held[2]
    fresh_for = held[3] - now
    if fresh_for > 0 then return { 0, version, fresh_for, value } end
  end

  local load = redis.call('HMGET', key, 'l', 'u', 'b', 'e', 'n')
  if load[1] and ahead(tonumber(load[2])) then return { 2, version, fresh_for, value, '', foreign } end
  if ahead(tonumber(load[3])) then return { 3, version, fresh_for, value, load[4] or '', foreign } end

  -- The version only has to be one that was never used before for this key: the token is random and taken once.
  if version == '' then version = token end
  redis.call('HSET', key, 'g', version, 'l', token, 'u', now + lease_for)
  -- The key must outlive the lease and the back-off after it, or the count of failures and a late holder's version would be forgotten.
  -- That is why the value has an end of its own: a lease must not lengthen its life.
  local needed = lease_for + 10000
  if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, needed) end
  return { 1, version, fresh_for, value, tonumber(load[5]) or 0, foreign }
end

local replies = {}
for at, key in ipairs(KEYS) do replies[at] = read(key, unpack(ARGV, at * 4 - 3, at * 4)) end
return replies
