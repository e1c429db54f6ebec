-- Keeps a loaded value, unless the entry was invalidated or taken over since the load began.
--
-- KEYS[1]  entry key
-- ARGV[1]  version seen when the load began
-- ARGV[2]  lease token of the holder
-- ARGV[3]  format
-- ARGV[4]  value
-- ARGV[5]  fresh time, milliseconds
-- ARGV[6]  lifetime, milliseconds: fresh and stale time together
-- ARGV[7]  channel on which waiters are told
-- ARGV[8]  how long after its lease ran out a value may still be kept, milliseconds
--
-- Returns 1 when kept, 0 when the version or the lease has moved on, or it is too late.

local seen = redis.call('HMGET', KEYS[1], 'g', 'l', 'u')
if seen[1] ~= ARGV[1] or seen[2] ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- The index of its customer outlives the entry by no more than that.
if now > (tonumber(seen[3]) or 0) + ARGV[8] then return 0 end
redis.call('HSET', KEYS[1], 'f', ARGV[3], 'v', ARGV[4], 'x', now + ARGV[5], 'z', now + ARGV[6])
redis.call('HDEL', KEYS[1], 'l', 'u', 'b', 'e', 'n')
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PUBLISH', ARGV[7], KEYS[1])
return 1
