-- Reads one agent.
--
-- ARGV[3]  agent
--
-- Returns { server ms, { field, value, … } }; no fields: not known.

return { now, redis.call('HGETALL', agentKey(ARGV[3])) }
