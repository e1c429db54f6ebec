-- Functions of the scripts that change a membership. This text is put in front of them, and is no
-- script alone.

-- Parses a field in the hash of an agent's queues, as `shared.lua` describes it.
--
-- - score: the current score, as ten characters
-- - declared: `d` with a score, `u` without a score; nil: no caller declared the membership
-- - isRead: whether the platform has the membership. `atMs` is then the time of the last change
-- - readScore: the score of the read membership
local function parseMembership(text)
  if not text then return nil end
  local scores, letter, rest = string.match(text, '^([%d.]+)(%a?)(.*)$')
  local membership = { score = string.sub(scores, 1, 10), isRead = letter == 'r' or letter == 'b' or letter == 'c' }
  if letter == '' or letter == 'b' then membership.declared = 'd'
  elseif letter ~= 'r' then membership.declared = 'u' end
  if membership.isRead then
    local length = letter == 'b' and #rest - 10 or #rest
    local at = string.sub(rest, 1, length)
    membership.atMs = length == 7 and unpackTime(at) or tonumber(at)
    membership.readScore = letter == 'b' and string.sub(rest, length + 1) or membership.score
  end
  return membership
end

local function membershipText(score, membership)
  local declared = membership.declared
  if not membership.isRead then return declared == 'u' and score .. 'u' or score end
  local letter = not declared and 'r' or declared == 'd' and 'b' or 'c'
  local text = score .. letter .. packTime(membership.atMs)
  return declared == 'd' and text .. membership.readScore or text
end

-- The time of a change. A time that is missing or too far ahead is replaced by the present time.
local function changeTime(text, aheadMs)
  local atMs = tonumber(text) or now
  return atMs > now + aheadMs and now or atMs
end

-- Plans another score in one queue. Only reads. With `isWithdrawn`, the agent gets no position.
local function planScore(free, ordinal, idles, score, isWithdrawn)
  local idleSince = not isWithdrawn and isSet(idles) and string.sub(idles, 1, 13) or nil
  local plan = planPositions(ordinal, { { free = free, score = score } }, idles or '', idleSince)
  plan.score = score
  return plan
end

-- Writes the score, the membership and the positions in one queue.
local function applyScore(plan, keys, agent, queue, membership)
  redis.call('HSET', keys.queues, queue, membershipText(plan.score, membership))
  redis.call('ZADD', keys.members, tonumber(plan.score), agent)
  for _, addition in ipairs(plan.additions) do
    redis.call('ZADD', unpack(addition))
    redis.call('PEXPIRE', keys.free, TTL_MS)
  end
  removePositions(plan)
end

-- Remembers when a read membership ended, and forgets what ended long ago.
local function rememberLeft(left, queue, agent, atMs, rememberedMs)
  redis.call('ZADD', left, 'GT', atMs, queue .. ' ' .. agent)
  redis.call('PEXPIRE', left, rememberedMs)
  redis.call('ZREMRANGEBYSCORE', left, '-inf', now - rememberedMs)
end
