-- Adds a member of a queue to the index, or removes an agent that is no member. Running the script
-- twice does no harm. A queue that an earlier version stored gets its bitmaps this way.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  members of the queue
-- KEYS[4]  locks
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] ordinals
-- KEYS[48] members of the queue: bitmap
-- KEYS[49] read members of the queue: bitmap
--
-- ARGV[1]  agent
-- ARGV[2]  queue
-- ARGV[3]  age of the last report from which an agent is stale, milliseconds
--
-- Returns 1 when the agent is a member, else 0.

local ordinals, memberBits, readBits, agent = KEYS[47], KEYS[48], KEYS[49], ARGV[1]
local isMember = redis.call('ZSCORE', KEYS[3], agent)
local entry = readEntry(indexKeys(5), agent)
if not isMember then
  if entry then
    redis.call('SETBIT', memberBits, entry.ordinal, 0)
    redis.call('SETBIT', readBits, entry.ordinal, 0)
  end
  return 0
end
local source = string.match(redis.call('HGET', KEYS[2], ARGV[2]) or '', '^[%d.]+([rbc]?)')
local status, reportedMs, idles = unpack(redis.call('HMGET', KEYS[1], 's', 'h', 'i'))
local isLocked = redis.call('HEXISTS', KEYS[4], agent) == 1
entry = entry or newEntry(indexKeys(5), ordinals, agent)
local idleSince = isSet(idles) and string.sub(idles, 1, 13) or nil
local isStale = not reportedMs or reportedMs + ARGV[3] <= now

writeEntry(entry, stateOf(status, isStale, isLocked, idleSince), idleSince, entry.last, 'all')
redis.call('SETBIT', memberBits, entry.ordinal, 1)
redis.call('SETBIT', readBits, entry.ordinal, isSet(source) and 1 or 0)
return 1
