-- Lists the agents that became stale, oldest report first.
--
-- KEYS[1]  known
--
-- ARGV[1]  earliest time of the last report, server ms
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
-- ARGV[3]  most agents to return
--
-- Returns { agent, time of its last report, … }.

return redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], now - ARGV[2], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
