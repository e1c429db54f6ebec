-- Marks an agent that the platform does not list. The registers stay. An absence has no time of the
-- platform, so it must not win against a report with such a time.
--
-- KEYS[1]  locks
-- KEYS[2]  known
-- KEYS[3]  agent
-- KEYS[4]  queues of the agent
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] counts
-- KEYS[48…] the outbox of the tenant, only with records; then the free agents of the queues
--
-- ARGV[1]  agent
-- ARGV[2]  start of the complete reading without the agent, server ms; empty: the platform was
--          asked for this agent and has none
-- ARGV[3…] the record for other regions, as `outbox.lua` reads it; then the queues
--
-- The first reading without the agent only marks the agent. The second such reading in a row makes
-- the agent OFFLINE. A report of the agent in between removes the mark.
--
-- Returns { changed, id }.
-- Returns nil when the agent is in a further queue.
--
-- - changed: 1 when this call made the agent OFFLINE, 2 when the outbox is full, else 0.
-- - id: of the record in the outbox; '' for none.

local known, agentKey, counts = KEYS[2], KEYS[3], KEYS[47]
local agent, startedMs = ARGV[1], tonumber(ARGV[2])
local stored = redis.call('HMGET', agentKey, 's', 'h', 'm', 'g', 'i')
local status, reportedMs, missedMs = stored[1], tonumber(stored[2]), tonumber(stored[3])
if not status or isSet(stored[4]) then return { 0, '' } end
if startedMs then
  if reportedMs and reportedMs > startedMs then return { 0, '' } end
  if not missedMs then
    redis.call('HSET', agentKey, 'm', now)
    return { 0, '' }
  end
  -- Another process marked the agent during this reading. The two readings are not in a row.
  if missedMs > startedMs then return { 0, '' } end
end
local outbox = outboxFrom(KEYS[48], 3)
local memberships, _, ordinal = readMemberships(KEYS[4], outbox and 49 or 48)
if not memberships then return false end
-- A key of another type fails here, before the first write.
redis.call('ZSCORE', known, agent)
redis.call('HGET', counts, status)
local plan = planPositions(ordinal, memberships, stored[5], nil)
local entry = readEntry(indexKeys(5), agent, ordinal)
local isLocked = redis.call('HEXISTS', KEYS[1], agent) == 1
if isOutboxFull(outbox) then return { 2, '' } end

local id = addToOutbox(outbox)

applyPlan(agentKey, plan, { 'g', '1', 'm', '', 's', 'OFFLINE', 'h', now })
redis.call('ZADD', known, now, agent)
if entry then writeEntry(entry, stateOf('OFFLINE', false, isLocked, nil), nil, entry.last) end
if status ~= 'OFFLINE' then
  redis.call('HINCRBY', counts, status, -1)
  redis.call('HINCRBY', counts, 'OFFLINE', 1)
end
return { status ~= 'OFFLINE' and 1 or 0, id }
