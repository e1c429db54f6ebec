-- Adds a membership of one source, or changes its priority score.
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
-- ARGV[3]  'd': a caller declares the membership; 'u': without a score; 'r': the platform has it
-- ARGV[4]  time of the change of a read membership, Unix ms; empty: now
-- ARGV[5]  priority score as ten characters that sort as the number does
-- ARGV[6]  most queues per agent
-- ARGV[7]  most members per queue
-- ARGV[8]  most memberships per tenant
-- ARGV[9]  age of the last report from which an agent is stale, milliseconds
-- ARGV[10] how far ARGV[4] may be ahead of this server, milliseconds; otherwise now counts
-- ARGV[11] '1' when ARGV[5] counts only while the membership has no score of the rule
--
-- Returns 0 when the membership changed. If the agent was refused, returns why: 1 too many queues,
-- 2 too many members, 3 too many memberships of the tenant, 4 the server's memory is full.
-- Returns 5 when the read membership had this score already, 6 when the stored change is newer.

local keys = { queues = KEYS[2], members = KEYS[3], free = KEYS[4] }
local total, locks = KEYS[5], KEYS[6]
local ordinals, memberBits, readBits, left = KEYS[49], KEYS[50], KEYS[51], KEYS[52]
local agent, queue, isRead, score = ARGV[1], ARGV[2], ARGV[3] == 'r', ARGV[5]
local atMs = changeTime(ARGV[4], ARGV[10])
local stored, ordinal = unpack(redis.call('HMGET', keys.queues, queue, '#'))
local before = parseMembership(stored)
local wasRead = before and before.isRead
if isRead then
  local changedMs = wasRead and before.atMs or tonumber(redis.call('ZSCORE', left, queue .. ' ' .. agent) or 0)
  if atMs < changedMs then return 6 end
end
local memberCount = redis.call('ZCARD', keys.members)
local totalBefore = tonumber(redis.call('GET', total)) or 0
if not before then
  if redis.call('HLEN', keys.queues) - (ordinal and 1 or 0) >= tonumber(ARGV[6]) then return 1 end
  if memberCount >= tonumber(ARGV[7]) then return 2 end
  if totalBefore >= tonumber(ARGV[8]) then return 3 end
  if isMemoryFull() then return 4 end
end

if before and ARGV[11] == '1' then
  if wasRead then score = before.readScore
  elseif before.declared == 'u' then score = before.score end
end
local same = isRead and wasRead and score == before.readScore
local membership = { declared = before and before.declared, isRead = isRead or wasRead, atMs = atMs, readScore = score }
local effective = score
if isRead then
  if before and before.declared == 'd' then effective = before.score end
else
  membership.declared = ARGV[3]
  if wasRead then
    membership.atMs = before.atMs
    if ARGV[3] == 'd' then membership.readScore = before.readScore end
  end
end
local isMember = redis.call('ZSCORE', keys.members, agent)
if same and isMember then
  if atMs > before.atMs then redis.call('HSET', keys.queues, queue, membershipText(before.score, membership)) end
  return 5
end
local status, reportedMs, idles = unpack(redis.call('HMGET', KEYS[1], 's', 'h', 'i'))
local entry = readEntry(indexKeys(7), agent, ordinal) or newEntry(indexKeys(7), ordinals, agent, keys.queues)
local plan = planScore(keys.free, entry.ordinal, idles, effective)
local isStale = not reportedMs or reportedMs + ARGV[9] <= now
local isLocked = redis.call('HEXISTS', locks, agent) == 1
local idleSince = plan.idleSince ~= '' and plan.idleSince or nil
local state = stateOf(status, isStale, isLocked, idleSince)

writeEntry(entry, state, idleSince, entry.last)
redis.call('SETBIT', memberBits, entry.ordinal, 1)
redis.call('SETBIT', readBits, entry.ordinal, membership.isRead and '1' or '0')
applyScore(plan, keys, agent, queue, membership)
if not before then redis.call('INCR', total) end
return 0
