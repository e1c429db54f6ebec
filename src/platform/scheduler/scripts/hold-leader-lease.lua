-- Acquires the lease of a leader, or renews it.
--
-- KEYS[1]  key of the lease
--
-- ARGV[1]  process
-- ARGV[2]  lifetime of the lease, milliseconds
--
-- Returns 0 when the process holds the lease. Otherwise another process holds the lease: returns
-- the milliseconds until it ends.

local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return math.max(1, redis.call('PTTL', KEYS[1])) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0
