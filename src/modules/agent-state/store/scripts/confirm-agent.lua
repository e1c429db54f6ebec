-- Confirms a lock, which then lasts until its interaction ends. A second confirmation changes
-- nothing.
--
-- KEYS[1]  locks
-- KEYS[2]  leases
--
-- ARGV[1]  agent
-- ARGV[2]  token
-- ARGV[3]  longest time that a confirmed lock lasts, milliseconds
--
-- Returns the remaining milliseconds, or -1 when the token holds no lock.

local locks, leases, agent = KEYS[1], KEYS[2], ARGV[1]
local lock = activeLock(locks, agent, ARGV[2])
if not lock then return -1 end
if lock.state == 'h' then return lock.untilMs - now end
lock.state, lock.untilMs = 'h', now + ARGV[3]
redis.call('HSET', locks, agent, lockText(lock))
redis.call('ZADD', leases, lock.untilMs, agent)
return tonumber(ARGV[3])
