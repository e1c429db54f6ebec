-- Adds a member of a queue to the index, or removes an agent that is no member. Running the script
-- twice does no harm. A queue that an earlier version stored gets its bitmaps and its free agents
-- this way.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  members of the queue
-- KEYS[4]  locks
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] ordinals
-- KEYS[48] members of the queue: bitmap
-- KEYS[49] read members of the queue: bitmap
-- KEYS[50] free agents of the queue
--
-- ARGV[1]  agent
-- ARGV[2]  queue
-- ARGV[3]  age of the last report from which an agent is stale, milliseconds
-- ARGV[4]  an ordinal whose record may be the agent's, if the agent's queues name none; empty: none
--
-- Returns 1 when the agent is a member, else 0.

local ordinals, memberBits, readBits, free, agent = KEYS[47], KEYS[48], KEYS[49], KEYS[50], ARGV[1]
local score = redis.call('ZSCORE', KEYS[3], agent)
local stored, ordinal = unpack(redis.call('HMGET', KEYS[2], ARGV[2], '#'))
local entry = readEntry(indexKeys(5), agent, ordinal or ARGV[4])
local status, reportedMs, idles = unpack(redis.call('HMGET', KEYS[1], 's', 'h', 'i'))
if not score then
  local plan = planPositions(entry and entry.ordinal, { { free = free, score = '0' } }, idles, nil)
  if entry then
    redis.call('SETBIT', memberBits, entry.ordinal, 0)
    redis.call('SETBIT', readBits, entry.ordinal, 0)
  end
  removePositions(plan)
  return 0
end
local source = string.match(stored or '', '^[%d.]+([rbc]?)')
local isLocked = redis.call('HEXISTS', KEYS[4], agent) == 1
entry = entry or newEntry(indexKeys(5), ordinals, agent, KEYS[2])
local idleSince = isSet(idles) and string.sub(idles, 1, 13) or nil
local isStale = not reportedMs or reportedMs + ARGV[3] <= now
local plan = planPositions(entry.ordinal, { { free = free, score = score } }, idles, not isLocked and idleSince or nil)

if not ordinal and entry.text then redis.call('HSET', KEYS[2], '#', entry.ordinal) end
writeEntry(entry, stateOf(status, isStale, isLocked, idleSince), idleSince, entry.last, 'all')
redis.call('SETBIT', memberBits, entry.ordinal, 1)
redis.call('SETBIT', readBits, entry.ordinal, isSet(source) and 1 or 0)
for _, addition in ipairs(plan.additions) do
  redis.call('ZADD', unpack(addition))
  redis.call('PEXPIRE', free, TTL_MS)
end
removePositions(plan)
return 1
