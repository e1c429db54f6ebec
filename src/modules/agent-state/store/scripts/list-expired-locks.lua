-- Lists the agents whose lock has expired.
--
-- KEYS[1]  leases
--
-- ARGV[1]  most agents to return
--
-- Returns { agent, … }.

return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
