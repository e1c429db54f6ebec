-- Ends the lease of a leader, if the process still holds it.
--
-- KEYS[1]  key of the lease
--
-- ARGV[1]  process
--
-- Returns 1 when the lease was ended, 0 when the process did not hold the lease.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
