-- Reads the record of a Redis node. The fields are in the header of `mark-history.lua`.
--
-- KEYS[1]  record of the node
--
-- Returns { server ms, { field, value, … } }.

local time = redis.call('TIME')
return { time[1] * 1000 + math.floor(time[2] / 1000), redis.call('HGETALL', KEYS[1]) }
