-- Lists agents of whom something is known, longest silent first.
--
-- ARGV[3]  agents to pass over
-- ARGV[4]  the most to return
-- ARGV[5]  only those not heard of since, server ms; 0: now
--
-- Returns { server ms, agent, … }.

local since = ARGV[5] == '0' and now or ARGV[5]
local ids = redis.call('ZRANGEBYSCORE', tenantKey('known'), '-inf', since, 'LIMIT', ARGV[3], ARGV[4])
table.insert(ids, 1, now)
return ids
