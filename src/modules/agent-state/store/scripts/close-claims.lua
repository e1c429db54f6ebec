-- Stops or begins the claims of a tenant.
--
-- KEYS[1]  locks
--
-- ARGV[1]  '1' stops the claims, '0' begins them
--
-- Returns the last fence of the tenant as text, or '0'.

local locks = KEYS[1]
local fence = redis.call('HGET', locks, ':fence') or '0'
if ARGV[1] == '1' then
  redis.call('HSET', locks, ':closed', '1')
  redis.call('PEXPIRE', locks, TTL_MS)
else
  redis.call('HDEL', locks, ':closed')
end
return fence
