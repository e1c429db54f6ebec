-- Begins an invalidation: from here on no load that began before is enlisted for this customer.
--
-- KEYS[1]  customer's index
-- KEYS[2]  the tenant's stamp
-- KEYS[3]  mark of the event
-- ARGV[1]  '1' when the event has an id
-- ARGV[2]  tombstone from now on, milliseconds; 0 for none
-- ARGV[3]  how long the stamp must be remembered in the index, milliseconds
-- ARGV[4]  how long the tenant's stamp lives without invalidations, milliseconds
--
-- Returns { 1, entries dropped then } for an event that was carried out before, else { 0, entry key, entry key, … }.
--
-- The stamp is the larger of the last one plus one and this server's clock in microseconds: it only ever grows, also when the key was
-- lost in between.

if ARGV[1] == '1' then
  local done = redis.call('GET', KEYS[3])
  if done then return { 1, tonumber(done) or 0 } end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stamp = math.max((tonumber(redis.call('GET', KEYS[2]) or '0')) + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', stamp)
redis.call('SET', KEYS[2], text, 'PX', ARGV[4])
redis.call('HSET', KEYS[1], 's', text)
local needed = tonumber(ARGV[3])
if tonumber(ARGV[2]) > 0 then
  redis.call('HSET', KEYS[1], 't', now + ARGV[2])
  needed = math.max(needed, tonumber(ARGV[2]))
end
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end

local found = { 0 }
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'k:' then found[#found + 1] = string.sub(field, 3) end
end
return found
