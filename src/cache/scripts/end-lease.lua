-- Ends a lease without a value. A stale value that is there stays.
--
-- KEYS[1]  entry key
-- ARGV[1]  lease token of the holder
-- ARGV[2]  reason's word, '' when nothing failed
-- ARGV[3]  back-off, milliseconds: nobody loads before it is over; 0 for none
-- ARGV[4]  channel on which waiters are told
--
-- Returns 1 when the lease was ended, 0 when it was no longer the caller's.

if redis.call('HGET', KEYS[1], 'l') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'l', 'u')
if ARGV[2] ~= '' then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', KEYS[1], 'e', ARGV[2], 'b', now + ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'n', 1)
end
redis.call('PUBLISH', ARGV[4], KEYS[1])
return 1
