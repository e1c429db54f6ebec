-- Ends locks that have run out, forgets agents nobody has spoken of for long, and counts the others.
--
-- ARGV[3]  the most of each at one time
-- ARGV[4]  silence after which an agent is forgotten, milliseconds
--
-- Returns { locks ended, AVAILABLE, BUSY, OFFLINE }. Memberships stay: they were declared, not heard.

local back = giveBack(tonumber(ARGV[3]))
local counts, known = tenantKey('counts'), tenantKey('known')
for _, id in ipairs(redis.call('ZRANGEBYSCORE', known, '-inf', now - ARGV[4], 'LIMIT', 0, ARGV[3])) do
  unlock(id, false)
  settle(id)
  local status = redis.call('HGET', agentKey(id), 's')
  if status then redis.call('HINCRBY', counts, status, -1) end
  redis.call('DEL', agentKey(id))
  redis.call('ZREM', known, id)
end
local each = redis.call('HMGET', counts, 'AVAILABLE', 'BUSY', 'OFFLINE')
return { back, tonumber(each[1] or 0), tonumber(each[2] or 0), tonumber(each[3] or 0) }
