-- Reads the clock of the region's store, and the identity of the store.
--
-- KEYS[1]  identity of the store
--
-- ARGV[1]  random text, which becomes the identity if the store has none
-- ARGV[2]  how long the identity lives without heartbeats, milliseconds
--
-- Returns { server ms, identity }.

local time = redis.call('TIME')
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { time[1] * 1000 + math.floor(time[2] / 1000), redis.call('GET', KEYS[1]) }
