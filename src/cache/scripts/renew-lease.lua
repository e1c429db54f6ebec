-- Extends a lease whose load is still running.
--
-- KEYS[1]  entry key
--
-- ARGV[1]  lease token of the holder
-- ARGV[2]  lease from now on, milliseconds
--
-- Returns 1 when the lease was extended, 0 when the caller does not hold the lease any more.

if redis.call('HGET', KEYS[1], 'l') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'u', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
local needed = ARGV[2] + 10000
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end
return 1
