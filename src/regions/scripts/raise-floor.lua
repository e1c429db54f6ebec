-- Raises the floor to the present time, because records were missed. A later floor stays.
--
-- KEYS[1]  how far the region has heard
--
-- ARGV[1]  how long the hash lives without heartbeats, milliseconds
--
-- Returns nothing.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = tonumber(redis.call('HGET', KEYS[1], 'floor') or '0') or 0
if before < now then redis.call('HSET', KEYS[1], 'floor', now) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
