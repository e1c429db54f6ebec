-- Adds an agent to a queue, or changes its priority score there.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  members of the queue
-- KEYS[4]  free agents of the queue
-- KEYS[5]  number of the tenant's memberships
--
-- ARGV[1]  agent
-- ARGV[2]  queue
-- ARGV[3]  priority score
-- ARGV[4]  priority score as ten digits that sort as the number does
-- ARGV[5]  most queues per agent
-- ARGV[6]  most members per queue
-- ARGV[7]  most memberships per tenant
--
-- Returns 0 when the agent is a member. If the agent was refused, returns why: 1 too many queues, 2
-- too many members, 3 too many memberships of the tenant, 4 the server's memory is full.

local queues, members, free, total = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local agent, queue, score = ARGV[1], ARGV[2], ARGV[4]
local scoresBefore = redis.call('HGET', queues, queue)
local memberCount = redis.call('ZCARD', members)
local totalBefore = tonumber(redis.call('GET', total)) or 0
if not scoresBefore then
  if redis.call('HLEN', queues) >= tonumber(ARGV[5]) then return 1 end
  if memberCount >= tonumber(ARGV[6]) then return 2 end
  if totalBefore >= tonumber(ARGV[7]) then return 3 end
  if isMemoryFull() then return 4 end
end
local scores = score
for at = 1, #(scoresBefore or ''), 10 do
  local before = string.sub(scoresBefore, at, at + 9)
  if before ~= score then scores = scores .. before end
end
local idles = redis.call('HGET', KEYS[1], 'i') or ''
local idleSince = idles ~= '' and string.sub(idles, 1, 13) or nil
local plan = planPositions(agent, { { free = free, scores = scores } }, idles, idleSince)

redis.call('HSET', queues, queue, scores)
redis.call('ZADD', members, ARGV[3], agent)
if not scoresBefore then redis.call('INCR', total) end
for _, addition in ipairs(plan.additions) do
  redis.call('ZADD', free, 0, addition[2])
  redis.call('PEXPIRE', free, TTL_MS)
end
removePositions(plan)
if scores ~= score then redis.call('HSET', queues, queue, score) end
return 0
