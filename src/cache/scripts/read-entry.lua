-- Reads an entry, and takes its lease where there is something to load and nobody is loading.
--
-- KEYS[1]  entry key
-- ARGV[1]  format the reader can serve; a value of another format counts as absent
-- ARGV[2]  lease token of the reader
-- ARGV[3]  lease, milliseconds
-- ARGV[4]  '1': the value proved unreadable, drop it first
--
-- Returns { state, version, fresh for ms, value, detail, foreign }
--   state   0 nothing to load, 1 the lease is yours, 2 somebody else is loading, 3 backing off after a failure
--   value   '' when there is none; fresh for ms is then 0, and may be negative (stale) otherwise
--   detail  state 1: failures in a row before; state 3: the reason's word
--   foreign 1 when a key that is no hash stood in the way and was deleted
--
-- Fields of the hash: f format, v value, x fresh until, z gone at, g version, l lease token, u lease until, b back-off until, e reason, n failures.
-- Times are this server's own clock, so that processes need not agree on theirs.

local entry = redis.pcall('HMGET', KEYS[1], 'f', 'v', 'x', 'g', 'l', 'u', 'b', 'e', 'n', 'z')
local foreign = 0
if entry.err then
  redis.call('DEL', KEYS[1])
  entry = { false, false, false, false, false, false, false, false, false, false }
  foreign = 1
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local version = entry[4] or ''
local value, fresh_for = '', 0
if ARGV[4] == '1' then
  if entry[2] then redis.call('HDEL', KEYS[1], 'f', 'v', 'x', 'z') end
elseif entry[1] == ARGV[1] and entry[2] and tonumber(entry[3]) and now < (tonumber(entry[10]) or 0) then
  value = entry[2]
  fresh_for = entry[3] - now
  if fresh_for > 0 then return { 0, version, fresh_for, value, '', foreign } end
end

-- What ends further ahead than any lease or back-off of ours was not written by us, or the clock has been set back since: it binds nobody.
local function ahead(moment) return moment ~= nil and now < moment and moment < now + 60000 end
if entry[5] and ahead(tonumber(entry[6])) then return { 2, version, fresh_for, value, '', foreign } end
if ahead(tonumber(entry[7])) then return { 3, version, fresh_for, value, entry[8] or '', foreign } end

-- The version only has to be one that was never used before for this key: the token is random and taken once.
if version == '' then version = ARGV[2] end
redis.call('HSET', KEYS[1], 'g', version, 'l', ARGV[2], 'u', now + ARGV[3])
-- The key must outlive the lease and the back-off after it, or the count of failures and a late holder's version would be forgotten.
-- That is why the value has an end of its own: a lease must not lengthen its life.
local needed = ARGV[3] + 10000
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end
return { 1, version, fresh_for, value, tonumber(entry[9]) or 0, foreign }
