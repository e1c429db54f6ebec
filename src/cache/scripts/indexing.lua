-- A function of the scripts that add an entry to its customer's index. This text is put in front of
-- them, and is no script alone.

-- Adds an entry to its customer's index, unless the customer was invalidated since the load of its
-- value began.
--
-- - key: index of the customer
-- - args[1]: entry key
-- - args[2]: invalidation epoch that was read before the load began
-- - args[3]: lifetime of the entry, milliseconds
-- - args[4]: maximum number of entries per customer
-- - args[5]: how long an epoch is compared, milliseconds; longer than any load
-- - args[6]: key of a deleted entry that this entry displaces; '' for none
-- - args[7]: expiry of that entry, as the index returned it
--
-- Returns one of these lists:
--
-- - { 1 }: the entry was added.
-- - { 0 }: refused, because the customer has a tombstone.
-- - { 0, epoch }: refused, because the customer was invalidated since, with this epoch.
-- - { -1, key, expiry }: the index is full. The entry of this key expires first.
--
-- Fields of the index:
--
-- - s: epoch of the last invalidation
-- - a: when the epoch was set
-- - t: end of the tombstone
-- - k:<entry key>: when the entry expires
--
-- If an entry is stored again, its expiry grows. So if an entry still has the expiry that the index
-- returned with it, the entry was not stored again in between. The new entry may displace it.

local function index_entry(key, args)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local last = redis.call('HMGET', key, 's', 't', 'a')
  -- An epoch that was set longer ago than any load takes is not compared, because the tenant's
  -- epoch may have expired since. An index without the field `a` was written by an earlier version.
  -- Its epochs are microseconds of this server's clock.
  local epoch = tonumber(last[1] or '0') or 0
  local set_at = tonumber(last[3] or '') or epoch / 1000
  if epoch > tonumber(args[2]) and now - set_at < tonumber(args[5]) then return { 0, last[1] } end
  if last[2] and now < tonumber(last[2]) then return { 0 } end

  local field, gone = 'k:' .. args[1], {}
  local expires = now + args[3]
  local known = redis.call('HGET', key, field)
  if known then
    expires = math.max(expires, tonumber(known) + 1)
  elseif redis.call('HLEN', key) >= tonumber(args[4]) then
    local all, count, first, first_at = redis.call('HGETALL', key), 0, nil, nil
    for at = 1, #all, 2 do
      local name, value = all[at], tonumber(all[at + 1])
      if string.sub(name, 1, 2) == 'k:' then
        if value <= now then
          gone[#gone + 1] = name
        else
          count = count + 1
          if not first_at or value < first_at then first, first_at = name, value end
        end
      end
    end
    if count >= tonumber(args[4]) then
      local displaced = 'k:' .. args[6]
      if args[6] == '' or redis.call('HGET', key, displaced) ~= args[7] then
        return { -1, string.sub(first, 3), string.format('%.0f', first_at) }
      end
      gone[#gone + 1] = displaced
    end
  end
  for _, name in ipairs(gone) do redis.call('HDEL', key, name) end
  redis.call('HSET', key, field, string.format('%.0f', expires))
  -- The index lives a second longer than the entry, so that an invalidation always finds the entry.
  local needed = expires - now + 1000
  if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, needed) end
  return { 1 }
end
