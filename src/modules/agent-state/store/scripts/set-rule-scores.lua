-- Replaces the scores that the rule gives to an agent in its queues. The caller has read the
-- profile and the skills of the agent, and has computed the scores. If the profile or the skills
-- have changed since, the script changes nothing. Declared scores and the times of read memberships
-- stay.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  locks
-- KEYS[4]  roster
-- KEYS[5]  profiles: hash. <agent>: date of hire. :<agent>: `<day> <calls of this day>`
-- KEYS[6…] two keys per queue: members of the queue, free agents of the queue
--
-- ARGV[1]  agent
-- ARGV[2]  the skills that the caller has read; empty: none
-- ARGV[3]  the date of hire that the caller has read; empty: none
-- ARGV[4]  the calls that the caller has read; empty: none
-- ARGV[5…] two arguments per queue: queue, and score as ten characters that sort as the number does
--
-- A queue that the agent has left is skipped. The positions of a locked agent are removed. The end
-- of the lock adds them again.
--
-- Returns the number of changed scores, or -1 when the agent is another one by now.

local queues, agent = KEYS[2], ARGV[1]
local ordinal = redis.call('HGET', queues, '#')
local record = ordinal and parseRecord(redis.call('HGET', KEYS[4], ordinal))
local skills = record and record.agent == agent and record.skills or ''
local hired, calls = unpack(redis.call('HMGET', KEYS[5], agent, ':' .. agent))
if skills ~= ARGV[2] or (hired or '') ~= ARGV[3] or (calls or '') ~= ARGV[4] then return -1 end
local idles = redis.call('HGET', KEYS[1], 'i')
local isLocked = redis.call('HEXISTS', KEYS[3], agent) == 1

local changes = {}
for index = 1, (#KEYS - 5) / 2 do
  local queue, score = ARGV[3 + 2 * index], ARGV[4 + 2 * index]
  local keys = { queues = queues, members = KEYS[4 + 2 * index], free = KEYS[5 + 2 * index] }
  local membership = parseMembership(redis.call('HGET', queues, queue))
  local isRuled = membership and (membership.isRead or membership.declared == 'u')
  local former = isRuled and (membership.readScore or membership.score)
  if former and former ~= score then
    local plan
    membership.readScore = score
    if membership.declared ~= 'd' then
      redis.call('ZSCORE', keys.members, agent)
      plan = planScore(keys.free, ordinal, idles, score, isLocked)
    end
    changes[#changes + 1] = { queue = queue, keys = keys, membership = membership, plan = plan }
  end
end

for _, change in ipairs(changes) do
  local membership = change.membership
  if change.plan then applyScore(change.plan, change.keys, agent, change.queue, membership)
  else redis.call('HSET', queues, change.queue, membershipText(membership.score, membership)) end
end
return #changes
