-- Marks an agent that the platform does not list. The registers stay: an absence has no time of the
-- platform, so it must not win against a report with one.
--
-- ARGV[3]  agent
-- ARGV[4]  start of the complete reading without the agent, server ms; empty: the platform was
--          asked for this agent and has none
--
-- The first reading without the agent only marks it. The second one in a row makes it OFFLINE. A
-- report of the agent in between removes the mark.
--
-- Returns 1 when the agent is OFFLINE because of this call, else 0.

local agent, key, startedMs = ARGV[3], agentKey(ARGV[3]), tonumber(ARGV[4])
local stored = redis.call('HMGET', key, 's', 'h', 'm', 'g')
local status, reportedMs, missedMs, isGone = stored[1], tonumber(stored[2]), tonumber(stored[3]), stored[4]
if not status or isGone then return 0 end
if startedMs then
  if reportedMs and reportedMs > startedMs then return 0 end
  if not missedMs then
    redis.call('HSET', key, 'm', now)
    return 0
  end
  -- Another process marked the agent during this reading. The two readings are not in a row.
  if missedMs > startedMs then return 0 end
end
redis.call('HSET', key, 'g', '1', 's', 'OFFLINE', 'h', now)
redis.call('HDEL', key, 'm')
redis.call('ZADD', tenantKey('known'), now, agent)
if status ~= 'OFFLINE' then
  redis.call('HINCRBY', tenantKey('counts'), status, -1)
  redis.call('HINCRBY', tenantKey('counts'), 'OFFLINE', 1)
end
updateQueues(agent)
return status ~= 'OFFLINE' and 1 or 0
