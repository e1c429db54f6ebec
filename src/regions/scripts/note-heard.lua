-- Stores what a batch of records of one partition shows, after the effects of these records.
--
-- KEYS[1]  how far the region has heard
-- KEYS[2]  identity of the store
--
-- ARGV[1]  field of the partition
-- ARGV[2]  when the last own heartbeat of the batch was sent, Unix ms; '' for none
-- ARGV[3]  the store that sent this heartbeat
-- ARGV[4]  '1' when records of the partition were missed before, else ''
-- ARGV[5]  reason of a doubt; '' for none
-- ARGV[6]  the most regions that are stored
-- ARGV[7…] three arguments for each other region:
--          - its name
--          - the earliest time at which it wrote its last heartbeat, Unix ms
--          - its store, key fingerprint and homes, separated by spaces
--
-- Returns { server ms, identity }.
--
-- `heard-table.ts` says what the fields mean, and makes the same changes in memory.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local identity = redis.call('GET', KEYS[2]) or ''
local partition = string.sub(ARGV[1], 4)

local function number(field) return tonumber(redis.call('HGET', KEYS[1], field) or '0') or 0 end

local function is_full()
  local count = 0
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, 5) == 'sign:' then count = count + 1 end
  end
  return count >= tonumber(ARGV[6])
end

if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'doubt', now, 'doubt-reason', ARGV[5]) end
for at = 7, #ARGV, 3 do
  local sign = 'sign:' .. ARGV[at]
  if redis.call('HEXISTS', KEYS[1], sign) == 1 or not is_full() then
    redis.call('HSET', KEYS[1], sign, ARGV[at + 2])
    local field = 'from:' .. ARGV[at] .. ':' .. partition
    local before = number(field)
    if tonumber(ARGV[at + 1]) > before or before > now then redis.call('HSET', KEYS[1], field, ARGV[at + 1]) end
  end
end

local own = tonumber(ARGV[2])
if own and ARGV[3] == identity and own <= now then
  local before = number(ARGV[1])
  if (before == 0 or ARGV[4] == '1') and number('floor') < now then redis.call('HSET', KEYS[1], 'floor', now) end
  if own > before or before > now then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
end
return { now, identity }
