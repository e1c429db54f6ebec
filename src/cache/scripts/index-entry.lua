--[[
  Adds an entry to its customer's index, unless the customer was invalidated since the load of its value began.

  Input:
    KEYS[1]  index of the customer

    ARGV[1]  entry key
    ARGV[2]  invalidation epoch that was read before the load began
    ARGV[3]  lifetime of the entry, milliseconds
    ARGV[4]  maximum number of entries per customer
    ARGV[5]  how long an epoch is compared, milliseconds; longer than any load

  Output:
     1  the entry was added
     0  the customer was invalidated since, or has a tombstone
    -1  the index is full

  Fields of the index: s epoch of the last invalidation, t tombstone until, k:<entry key> expires at.
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = redis.call('HMGET', KEYS[1], 's', 't')
-- Epochs are microseconds. An invalidation older than any load is ignored, because no running load
-- began before it. The tenant's own epoch may have expired by then.
local epoch = tonumber(last[1] or '0')
if epoch > tonumber(ARGV[2]) and now - epoch / 1000 < tonumber(ARGV[5]) then return 0 end
if last[2] and now < tonumber(last[2]) then return 0 end

local field = 'k:' .. ARGV[1]
if redis.call('HEXISTS', KEYS[1], field) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  local all, count = redis.call('HGETALL', KEYS[1]), 0
  for at = 1, #all, 2 do
    if string.sub(all[at], 1, 2) == 'k:' then
      if tonumber(all[at + 1]) <= now then redis.call('HDEL', KEYS[1], all[at]) else count = count + 1 end
    end
  end
  if count >= tonumber(ARGV[4]) then return -1 end
end
redis.call('HSET', KEYS[1], field, now + ARGV[3])
-- The index lives a second longer than the entry, so that an invalidation always finds the entry.
local needed = ARGV[3] + 1000
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end
return 1
