-- Records that a process is alive, and counts the processes that are.
--
-- KEYS[1]  processes of this region, scored by the time of their last record
--
-- ARGV[1]  id of this process
-- ARGV[2]  age after which a process without a new record is gone, milliseconds
--
-- Returns the number of processes, this one included.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZCARD', KEYS[1])
