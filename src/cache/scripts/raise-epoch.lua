-- Raises the invalidation epoch of a tenant.
--
-- KEYS[1]  invalidation epoch of the tenant
--
-- ARGV[1]  how long the epoch lives without invalidations, milliseconds
-- ARGV[2]  an epoch that the index of a customer already has; '' for a new invalidation
--
-- Returns the epoch as text.
--
-- An epoch in ARGV[2] only repairs the key: its node may have lost the epoch, while the index is on
-- another node. Without ARGV[2], the new epoch is the larger of two numbers: the last epoch plus
-- one, and this server's clock in microseconds. So the epoch only grows, even if the key was lost.

local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
local known = tonumber(ARGV[2])
if known and known <= last then return string.format('%.0f', last) end
local epoch = known or math.max(last + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
return text
