-- Stores the home of a tenant, or the message that its former home has stopped.
--
-- KEYS[1]  homes: hash
--
-- ARGV[1]  field
-- ARGV[2]  epoch
-- ARGV[3]  json
-- ARGV[4]  version
--
-- Returns 1, or 0 when the stored epoch is equal or greater.
--
-- Fields of the hash:
--
-- - version: random, new with each change
-- - home:<tenant>, released:<tenant>: `<epoch> <server ms> <json>`
--
-- The hash has no TTL. If the hash expired, the home of the configuration would wrongly apply.

local stored = tonumber(string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) '))
if stored and stored >= tonumber(ARGV[2]) then return 0 end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. now .. ' ' .. ARGV[3], 'version', ARGV[4])
return 1
