-- Lists agents without a report since a given time, oldest report first.
--
-- ARGV[3]  agents to skip
-- ARGV[4]  most agents to return
-- ARGV[5]  time of the last report at most, server ms; 0: now, which lists all agents
--
-- Returns { server ms, agent, ... }.

local latestMs = ARGV[5] == '0' and now or ARGV[5]
local agents = redis.call('ZRANGEBYSCORE', tenantKey('known'), '-inf', latestMs, 'LIMIT', ARGV[3], ARGV[4])
table.insert(agents, 1, now)
return agents
