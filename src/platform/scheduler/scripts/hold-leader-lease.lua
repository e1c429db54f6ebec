--[[
  Acquires the lease of a leader, or renews it.

  Input:
    KEYS[1]  key of the lease

    ARGV[1]  process
    ARGV[2]  lifetime of the lease, milliseconds

  Output:
     0  the process holds the lease
    >0  another process holds the lease: the milliseconds until it ends
]]
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return math.max(1, redis.call('PTTL', KEYS[1])) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0
