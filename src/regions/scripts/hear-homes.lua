-- Stores the fingerprint of another region's table of homes.
--
-- KEYS[1]  heard: hash of region → `<server ms> <fingerprint>`
--
-- ARGV[1]  region
-- ARGV[2]  fingerprint
-- ARGV[3]  how long a region without a further heartbeat is remembered, milliseconds
-- ARGV[4]  the most regions
--
-- Returns 1, or 0 when there are too many regions.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HGETALL', KEYS[1])
local isKnown, old = false, {}
for index = 1, #stored, 2 do
  if stored[index] == ARGV[1] then isKnown = true
  elseif tonumber(string.match(stored[index + 1], '^%d+') or 0) + tonumber(ARGV[3]) < now then
    old[#old + 1] = stored[index]
  end
end
if not isKnown and #stored / 2 - #old >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now) .. ' ' .. ARGV[2])
if #old > 0 then redis.call('HDEL', KEYS[1], unpack(old)) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
