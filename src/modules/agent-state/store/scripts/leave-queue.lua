-- Ends the membership of one source. The agent leaves the queue if no other source has it there.
-- The agent's lock stays.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  members of the queue
-- KEYS[4]  free agents of the queue
-- KEYS[5]  number of the tenant's memberships
-- KEYS[6]  locks
-- KEYS[7…] the keys of the index, as `index.lua` describes them
-- KEYS[49] ordinals
-- KEYS[50] members of the queue: bitmap
-- KEYS[51] read members of the queue: bitmap
-- KEYS[52] left memberships, only of a read membership
--
-- ARGV[1]  agent
-- ARGV[2]  queue
-- ARGV[3]  'd': a caller ends the declared membership; 'r': the platform ended the read one
-- ARGV[4]  time of the change of a read membership, Unix ms; empty: now
-- ARGV[5]  how long the end of a read membership is remembered, milliseconds
-- ARGV[6]  how far ARGV[4] may be ahead of this server, milliseconds; otherwise now counts
--
-- The field of the queue is deleted last, and with it the ordinal of an agent without queues and
-- skills. If the script ends before, the agent can leave the queue again.
--
-- Returns 1 when the agent left, and 2 when the other source still has the membership. Returns 0
-- when this source had none, and 3 when the stored change is newer.

local keys = { queues = KEYS[2], members = KEYS[3], free = KEYS[4] }
local total, ordinals, memberBits, readBits = KEYS[5], KEYS[49], KEYS[50], KEYS[51]
local left = KEYS[52]
local agent, queue, source = ARGV[1], ARGV[2], ARGV[3]
local atMs, rememberedMs = changeTime(ARGV[4], ARGV[6]), tonumber(ARGV[5])
local stored, ordinal = unpack(redis.call('HMGET', keys.queues, queue, '#'))
local before = parseMembership(stored)
local holds = before and (source == 'r' and before.isRead or source == 'd' and before.declared)
if source == 'r' then
  if holds and atMs < before.atMs then return 3 end
  redis.call('ZSCORE', left, queue .. ' ' .. agent)
end
if not holds then
  if source == 'r' then rememberLeft(left, queue, agent, atMs, rememberedMs) end
  return 0
end
local idles = redis.call('HGET', KEYS[1], 'i')
local entry = readEntry(indexKeys(7), agent, ordinal)

if before.isRead and before.declared then
  local rest = { declared = source == 'r' and before.declared or nil, isRead = source == 'd', atMs = before.atMs }
  local plan = planScore(keys.free, ordinal, idles, source == 'r' and before.score or before.readScore)
  if source == 'r' then
    rememberLeft(left, queue, agent, atMs, rememberedMs)
    if entry then redis.call('SETBIT', readBits, entry.ordinal, 0) end
  end
  applyScore(plan, keys, agent, queue, rest)
  return 2
end

local plan = planPositions(ordinal, { { free = keys.free, score = before.score } }, idles, nil)
local isMember = redis.call('ZSCORE', keys.members, agent)
local isLast = isMember and redis.call('ZCARD', keys.members) == 1
local isUnused = entry and entry.skills == '' and redis.call('HLEN', keys.queues) == 2
local totalBefore = tonumber(redis.call('GET', total)) or 0

if source == 'r' then rememberLeft(left, queue, agent, atMs, rememberedMs) end
removePositions(plan)
if isLast then redis.call('DEL', memberBits, readBits)
elseif entry then
  redis.call('SETBIT', memberBits, entry.ordinal, 0)
  redis.call('SETBIT', readBits, entry.ordinal, 0)
end
if isMember then redis.call('ZREM', keys.members, agent) end
if isUnused then deleteEntry(entry, ordinals) end
if totalBefore > 1 then redis.call('DECR', total)
else redis.call('DEL', total) end
if isUnused then redis.call('HDEL', keys.queues, queue, '#')
else redis.call('HDEL', keys.queues, queue) end
return 1
