-- Voids the entries of a customer. From now on, the customer's index takes no entry whose load
-- began before the epoch.
--
-- KEYS[1]  index of the customer
--
-- ARGV[1]  invalidation epoch of the event
-- ARGV[2]  tombstone from now on, milliseconds; 0: no tombstone
-- ARGV[3]  how long the index keeps the epoch, milliseconds
-- ARGV[4]  '1' to create the index if it does not exist, else ''
--
-- Returns { entry key, … }: the entries to delete.
--
-- A second event may overtake the first, so an epoch never replaces a later one.

if ARGV[4] == '' and redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'k:' then found[#found + 1] = string.sub(field, 3) end
end
local last = tonumber(redis.call('HGET', KEYS[1], 's') or '0') or 0

redis.call('HSET', KEYS[1], 's', string.format('%.0f', math.max(last, ARGV[1])), 'a', now)
local needed = tonumber(ARGV[3])
if tonumber(ARGV[2]) > 0 then
  redis.call('HSET', KEYS[1], 't', now + ARGV[2])
  needed = math.max(needed, tonumber(ARGV[2]))
end
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end
return found
