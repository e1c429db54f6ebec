-- Lists agents by the time of their last report, oldest report first.
--
-- KEYS[1]  known
--
-- ARGV[1]  agents to skip
-- ARGV[2]  most agents to return
-- ARGV[3]  latest time of the last report, server ms; 0: the present time, so all agents are
--          listed; negative: this long before the present time
--
-- Returns { server ms, agent, … }.

local latestMs = tonumber(ARGV[3])
if latestMs <= 0 then latestMs = now + latestMs end
local agents = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', latestMs, 'LIMIT', ARGV[1], ARGV[2])
table.insert(agents, 1, now)
return agents
