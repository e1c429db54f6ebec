--[[
  Begins an invalidation of a customer. From now on no entry whose load began before is added to the customer's index.

  Input:
    KEYS[1]  index of the customer
    KEYS[2]  invalidation epoch of the tenant
    KEYS[3]  record of the event, for deduplication

    ARGV[1]  '1' if the event has an id, else ''
    ARGV[2]  tombstone from now on, milliseconds; 0 means none
    ARGV[3]  how long the index keeps the epoch, milliseconds
    ARGV[4]  how long the tenant's epoch lives without invalidations, milliseconds

  Output:
    { 1, number of deleted entries }   the event was processed before
    { 0, entry key, entry key, … }     a new event, and the entries to delete

  The new epoch is the larger of the last epoch plus one and this server's clock in microseconds. It therefore only grows, even if the
  key was lost in between.
]]
if ARGV[1] == '1' then
  local done = redis.call('GET', KEYS[3])
  if done then return { 1, tonumber(done) or 0 } end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = math.max((tonumber(redis.call('GET', KEYS[2]) or '0')) + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', epoch)
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
