-- Reads the locks of some agents.
--
-- KEYS[1]  locks
--
-- ARGV[1…] agents
--
-- Returns { server ms, lock, … }. A lock is as `shared.lua` describes it; nil: no lock.

local reply = { now }
for index, agent in ipairs(ARGV) do reply[index + 1] = redis.call('HGET', KEYS[1], agent) end
return reply
