-- Stores a loaded value and publishes an event, unless something changed since the load began: the
-- entry was invalidated, or another process took the lease.
--
-- KEYS[1]  entry key
--
-- ARGV[1]  version of the entry when the load began
-- ARGV[2]  lease token of the holder
-- ARGV[3]  format
-- ARGV[4]  value
-- ARGV[5]  fresh time, milliseconds
-- ARGV[6]  lifetime, milliseconds: fresh and stale time together, or longer
-- ARGV[7]  how long after the end of its lease a value may still be stored, milliseconds
-- ARGV[8]  channel of the event
-- ARGV[9]  message of the event
-- ARGV[10] when the load began, Unix ms
--
-- Returns 1 when the value was stored. Returns 0 when the version or the lease has changed, or when
-- the lease ended too long ago.

local entry = redis.call('HMGET', KEYS[1], 'g', 'l', 'u', 'f')
if entry[1] ~= ARGV[1] or entry[2] ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Later, the customer's index might no longer list the entry.
if now > (tonumber(entry[3]) or 0) + ARGV[7] then return 0 end
redis.call('HSET', KEYS[1], 'f', ARGV[3], 'v', ARGV[4], 'x', now + ARGV[5], 'z', now + ARGV[6], 'a', ARGV[10])
if entry[4] and entry[4] ~= ARGV[3] then redis.call('HSET', KEYS[1], 'r', now) end
redis.call('HDEL', KEYS[1], 'l', 'u', 'b', 'e', 'n')
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PUBLISH', ARGV[8], ARGV[9])
return 1
