--[[
  Extends a lease whose load is still running.

  Input:
    KEYS[1]  entry key

    ARGV[1]  lease token of the holder
    ARGV[2]  lease from now on, milliseconds

  Output:
    1  the lease was extended
    0  the lease is not the caller's any more
]]
if redis.call('HGET', KEYS[1], 'l') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'u', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
local needed = ARGV[2] + 10000
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end
return 1
