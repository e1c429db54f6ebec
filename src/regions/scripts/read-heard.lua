-- Reads how far the region has heard, at one moment.
--
-- KEYS[1]  how far the region has heard
-- KEYS[2]  identity of the store
--
-- Returns { server ms, identity or '', fields and values }.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return { now, redis.call('GET', KEYS[2]) or '', redis.call('HGETALL', KEYS[1]) }
