-- Stores that the store has lost data, so every partition must be read again.
--
-- KEYS[1]  how far the region has heard
--
-- ARGV[1]  how long the hash lives without heartbeats, milliseconds
-- ARGV[2]  when the store lost data, Unix ms; '' for now
-- ARGV[3]  the store has everything that it acknowledged before this time, Unix ms; 0 if unknown
-- ARGV[4]  the longest time that is read again, milliseconds
-- ARGV[5…] `due` fields of partitions that the hash itself may have lost
--
-- If the loss is stored already, nothing changes. If a partition is due already, its `due` field
-- keeps the earlier time.
--
-- Returns the time of the last loss, Unix ms.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = tonumber(ARGV[2]) or now
local known = redis.call('HGETALL', KEYS[1])
local before, due, last = {}, {}, 0
for n = 5, #ARGV do due[#due + 1] = ARGV[n] end
for n = 1, #known, 2 do
  before[known[n]] = tonumber(known[n + 1])
  if known[n] == 'lost' then last = tonumber(known[n + 1]) or 0 end
  local partition = string.match(known[n], '^at:(.*)$')
  if partition then due[#due + 1] = 'due:' .. partition end
end
if ARGV[2] ~= '' and at <= last then return last end
last = math.max(last, now, at)
redis.call('HSET', KEYS[1], 'lost', last)
local from = math.max(tonumber(ARGV[3]), last - tonumber(ARGV[4]))
for _, field in ipairs(due) do
  if not before[field] or before[field] > from then redis.call('HSET', KEYS[1], field, string.format('%.0f', from)) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return last
