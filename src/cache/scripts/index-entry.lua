-- Notes an entry under its customer, unless the customer was invalidated since the load of its value began.
--
-- KEYS[1]  customer's index
-- ARGV[1]  entry key
-- ARGV[2]  stamp read before the load began
-- ARGV[3]  lifetime of the entry, milliseconds
-- ARGV[4]  the most entries of one customer
-- ARGV[5]  how long a stamp binds, milliseconds: longer than any load
--
-- Returns 1 when noted, 0 when invalidated since or under a tombstone, -1 when there are too many.
--
-- Fields of the index: s stamp of the last invalidation, t tombstone until, k:<entry key> gone at.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = redis.call('HMGET', KEYS[1], 's', 't')
-- Stamps are microseconds. One older than any load may last binds nobody: the tenant's own may be forgotten by then.
local stamp = tonumber(last[1] or '0')
if stamp > tonumber(ARGV[2]) and now - stamp / 1000 < tonumber(ARGV[5]) then return 0 end
if last[2] and now < tonumber(last[2]) then return 0 end

local field = 'k:' .. ARGV[1]
if redis.call('HEXISTS', KEYS[1], field) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  local all, count = redis.call('HGETALL', KEYS[1]), 0
  for at = 1, #all, 2 do
    if string.sub(all[at], 1, 2) == 'k:' then
      if tonumber(all[at + 1]) <= now then redis.call('HDEL', KEYS[1], all[at]) else count = count + 1 end
    end
  end
  if count >= tonumber(ARGV[4]) then return -1 end
end
redis.call('HSET', KEYS[1], field, now + ARGV[3])
-- A second beyond the entry, so that the index is never gone before what it must find.
local needed = ARGV[3] + 1000
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end
return 1
