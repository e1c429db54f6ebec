-- Declares the partitions of the log before heartbeats are appended to them. A new partition counts
-- as unheard.
--
-- KEYS[1]  how far the region has heard
--
-- ARGV[1]  how long the hash lives without heartbeats, milliseconds
-- ARGV[2]  the last heartbeat that the log has acknowledged, Unix ms; 0 for none
-- ARGV[3]  after this time without a heartbeat, a region is forgotten, milliseconds
-- ARGV[4…] the field of each partition
--
-- A partition that is not listed was deleted with its topic. Records may have been missed, so the
-- script raises the floor.
--
-- Returns the server's clock, Unix ms.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known, listed, heard = redis.call('HGETALL', KEYS[1]), {}, {}
for at = 4, #ARGV do listed[ARGV[at]] = true end

local has, gone, floor = {}, {}, 0
for at = 1, #known, 2 do
  local field, value = known[at], known[at + 1]
  has[field] = true
  if field == 'floor' then floor = tonumber(value) or 0 end
  if string.sub(field, 1, 3) == 'at:' and not listed[field] then gone[#gone + 1] = field end
  local region = string.match(field, '^from:([^:]+):')
  if region then heard[region] = math.max(heard[region] or 0, tonumber(value) or 0) end
end

for _, field in ipairs(gone) do
  redis.call('HDEL', KEYS[1], field, 'due:' .. string.sub(field, 4))
  if floor < now then redis.call('HSET', KEYS[1], 'floor', now) end
end
for at = 4, #ARGV do
  if not has[ARGV[at]] then redis.call('HSET', KEYS[1], ARGV[at], 0) end
end
for at = 1, #known, 2 do
  local region = string.match(known[at], '^from:([^:]+):')
  if region and now - heard[region] > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], known[at], 'sign:' .. region) end
end
redis.call('HSET', KEYS[1], 'partitions', #ARGV - 3)
if tonumber(ARGV[2]) > 0 then redis.call('HSET', KEYS[1], 'acked', ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return now
