-- Reads the table of homes, unless the caller knows it, and the fingerprints of other regions'
-- tables.
--
-- KEYS[1]  homes: hash, as `write-home.lua` describes it
-- KEYS[2]  heard: hash of region → `<server ms> <fingerprint>`
--
-- ARGV[1]  the version that the caller knows
--
-- Returns { server ms, version, { region, text, … }, { field, text, … } }. The last list is missing
-- when the caller knows the version.

local time = redis.call('TIME')
local version = redis.call('HGET', KEYS[1], 'version') or ''
local heard = redis.call('HGETALL', KEYS[2])
local reply = { time[1] * 1000 + math.floor(time[2] / 1000), version, heard }
if version ~= ARGV[1] then reply[4] = redis.call('HGETALL', KEYS[1]) end
return reply
