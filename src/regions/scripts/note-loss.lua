-- Stores that the store has lost data, so every partition must be read again.
--
-- KEYS[1]  how far the region has heard
--
-- ARGV[1]  how long the hash lives without heartbeats, milliseconds
-- ARGV[2]  when the store lost data, Unix ms; '' for now
-- ARGV[3…] `due` fields of partitions that the hash itself may have lost
--
-- A loss that is stored already changes nothing. If a partition is due already, its `due` field
-- keeps the time of the earlier loss.
--
-- Returns the time of the last loss, Unix ms.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = tonumber(ARGV[2]) or now
local known = redis.call('HGETALL', KEYS[1])
local has, due, last = {}, {}, 0
for n = 3, #ARGV do due[#due + 1] = ARGV[n] end
for n = 1, #known, 2 do
  has[known[n]] = true
  if known[n] == 'lost' then last = tonumber(known[n + 1]) or 0 end
  local partition = string.match(known[n], '^at:(.*)$')
  if partition then due[#due + 1] = 'due:' .. partition end
end
if ARGV[2] ~= '' and at <= last then return last end
last = math.max(last, now, at)
redis.call('HSET', KEYS[1], 'lost', last)
for _, field in ipairs(due) do
  if not has[field] then redis.call('HSET', KEYS[1], field, last) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return last
