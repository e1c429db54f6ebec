-- Notes that a process is alive, and counts those that are.
--
-- KEYS[1]  the peers of this region, scored by when they were last seen
-- ARGV[1]  this process
-- ARGV[2]  one who was not seen for so long is gone, milliseconds
--
-- Returns how many there are, this one included.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZCARD', KEYS[1])
