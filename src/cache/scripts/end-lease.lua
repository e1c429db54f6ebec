-- Ends a lease without a value. A stale value stays in the entry. Publishes an event.
--
-- KEYS[1]  entry key
--
-- ARGV[1]  lease token of the holder
-- ARGV[2]  reason of the failure; '' when no load failed
-- ARGV[3]  backoff, milliseconds: during this time, no reader gets a lease; 0: no backoff
-- ARGV[4]  channel of the event
-- ARGV[5]  message of the event
--
-- Returns 1 when the lease was ended, 0 when the caller does not hold the lease any more.

if redis.call('HGET', KEYS[1], 'l') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'l', 'u')
if ARGV[2] ~= '' then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', KEYS[1], 'e', ARGV[2], 'b', now + ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'n', 1)
end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
