-- Forgets an entry: value, version and lease, so that a load under way is not kept, and tells every process.
--
-- KEYS[1]  entry key
-- ARGV[1]  channel
-- ARGV[2]  message
--
-- Returns 1 when there was a value, 0 when there was none.

local held = redis.call('HEXISTS', KEYS[1], 'v')
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return held
