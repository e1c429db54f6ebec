--[[
  Raises the invalidation epoch of a tenant.

  Input:
    KEYS[1]  invalidation epoch of the tenant

    ARGV[1]  how long the epoch lives without invalidations, milliseconds

  Output:
    the new epoch, as text

  The new epoch is the larger of the last epoch plus one and this server's clock in microseconds. It therefore only grows, even if the
  key was lost in between.
]]
local time = redis.call('TIME')
local epoch = math.max((tonumber(redis.call('GET', KEYS[1]) or '0') or 0) + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
return text
