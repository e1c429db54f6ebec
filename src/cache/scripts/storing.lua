-- A function of the scripts that store a loaded value. This text is put in front of them, and is no
-- script alone.

-- Stores a loaded value and publishes an event, unless something changed since the load began: the
-- entry was invalidated, or another process took the lease.
--
-- - key: entry key
-- - args[1]: version of the entry when the load began
-- - args[2]: lease token of the holder
-- - args[3]: format
-- - args[4]: value
-- - args[5]: fresh time, milliseconds
-- - args[6]: lifetime, milliseconds: fresh and stale time together, or longer
-- - args[7]: how long after the end of its lease a value may still be stored, milliseconds
-- - args[8]: channel of the event
-- - args[9]: message of the event
-- - args[10]: when the load began, Unix ms
--
-- Returns 1 when the value was stored. Returns 0 when the version or the lease has changed, or when
-- the lease ended too long ago.

local function store_entry(key, args)
  local entry = redis.call('HMGET', key, 'g', 'l', 'u', 'f')
  if entry[1] ~= args[1] or entry[2] ~= args[2] then return 0 end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  -- Later, the customer's index might no longer list the entry.
  if now > (tonumber(entry[3]) or 0) + args[7] then return 0 end
  redis.call('HSET', key, 'f', args[3], 'v', args[4], 'x', now + args[5], 'z', now + args[6], 'a', args[10])
  if entry[4] and entry[4] ~= args[3] then redis.call('HSET', key, 'r', now) end
  redis.call('HDEL', key, 'l', 'u', 'b', 'e', 'n')
  redis.call('PEXPIRE', key, args[6])
  redis.call('PUBLISH', args[8], args[9])
  return 1
end
