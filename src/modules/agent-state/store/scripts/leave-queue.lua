-- Removes an agent from a queue. The agent's lock stays.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  members of the queue
-- KEYS[4]  free agents of the queue
-- KEYS[5]  number of the tenant's memberships
--
-- ARGV[1]  agent
-- ARGV[2]  queue
--
-- The field of the queue is deleted last. If the script ends before, the agent can leave the queue
-- again.
--
-- Returns 1, or 0 when the agent was not a member.

local queues, members, free, total = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local agent, queue = ARGV[1], ARGV[2]
local scores = redis.call('HGET', queues, queue)
if not scores then return 0 end
local idles = redis.call('HGET', KEYS[1], 'i')
local plan = planPositions(agent, { { free = free, scores = scores } }, idles, nil)
local isMember = redis.call('ZSCORE', members, agent)
local totalBefore = tonumber(redis.call('GET', total)) or 0

removePositions(plan)
if isMember then redis.call('ZREM', members, agent) end
if totalBefore > 1 then redis.call('DECR', total)
else redis.call('DEL', total) end
redis.call('HDEL', queues, queue)
return 1
