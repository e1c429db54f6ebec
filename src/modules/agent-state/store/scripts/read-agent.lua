-- Reads one agent.
--
-- ARGV[3]  agent
--
-- Returns { server ms, { field, value, ... } }. No fields: no report is stored.

return { now, redis.call('HGETALL', agentKey(ARGV[3])) }
