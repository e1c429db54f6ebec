-- Confirms a lock, which then lasts until its interaction ends. A second confirmation changes
-- nothing.
--
-- KEYS[1]  locks
-- KEYS[2]  leases
-- KEYS[3]  profiles, only with ARGV[4]
--
-- ARGV[1]  agent
-- ARGV[2]  token
-- ARGV[3]  longest time that a confirmed lock lasts, milliseconds
-- ARGV[4]  the present day, on which the call counts, such as 2026-11-30; empty: no call counts
--
-- Returns the remaining milliseconds, or -1 when the token holds no lock.

local locks, leases, agent = KEYS[1], KEYS[2], ARGV[1]
local lock = activeLock(locks, agent, ARGV[2])
if not lock then return -1 end
if lock.state == 'h' then return lock.untilMs - now end
local day, calls = string.match(ARGV[4] ~= '' and redis.call('HGET', KEYS[3], ':' .. agent) or '', '^(%S+) (%d+)$')
calls = day == ARGV[4] and calls + 1 or 1
lock.state, lock.untilMs = 'h', now + ARGV[3]
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[3], ':' .. agent, ARGV[4] .. ' ' .. string.format('%.0f', calls))
  redis.call('PEXPIRE', KEYS[3], TTL_MS)
end
redis.call('HSET', locks, agent, lockText(lock))
redis.call('ZADD', leases, lock.untilMs, agent)
return tonumber(ARGV[3])
