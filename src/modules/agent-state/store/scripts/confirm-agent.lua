-- Confirms a lock, which then lasts until its interaction ends. A second confirmation changes
-- nothing.
--
-- ARGV[3]  agent
-- ARGV[4]  token
-- ARGV[5]  longest time that a confirmed lock lasts, milliseconds
--
-- Returns the remaining milliseconds, or -1 when the token holds no lock.

local key = agentKey(ARGV[3])
local lock = redis.call('HMGET', key, 'lt', 'lu', 'lh', 'lk')
if lock[1] ~= ARGV[4] or tonumber(lock[2]) <= now then return -1 end
if lock[3] then return lock[2] - now end
local untilMs = now + ARGV[5]
redis.call('HSET', key, 'lh', '1', 'lu', untilMs)
redis.call('PEXPIRE', key, TTL_MS)
redis.call('ZADD', leases, untilMs, ARGV[3])
if lock[4] then redis.call('SET', callKey(lock[4]), ARGV[4] .. ' ' .. ARGV[3], 'PX', ARGV[5]) end
return tonumber(ARGV[5])
